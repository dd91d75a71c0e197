"""The database: SQLite in a file when embedded."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from services.runtime.tables import METADATA


def open_sqlite(path: Path) -> Engine:
    """Return an engine on a SQLite file, its schema created when missing. Safe for several threads.

    Write-ahead logging lets readers go on while one thread writes; a killed process loses at most
    its open transaction.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    METADATA.create_all(engine)
    return engine


def utc(value: Any) -> datetime | None:  # noqa: ANN401  # a column value
    """Return a stored time with its offset: SQLite forgets it."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"not a time: {value!r}")
    return value if value.tzinfo else value.replace(tzinfo=UTC)
