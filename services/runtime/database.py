"""The database: SQLite in a file when embedded, PostgreSQL when distributed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from services.contracts.errors import BadInput
from services.runtime.database_errors import classify_errors
from services.runtime.database_settings import DatabaseSettings
from services.runtime.migrations.schema import migrate

_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_POOL_WAIT_SECONDS = 30
_BUSY_WAIT_SECONDS = 30
_KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A server that vanished without a word (a pulled cable, a failed host) is noticed within a minute."""


def open_database(settings: DatabaseSettings) -> Engine:
    """Return an engine on the database that the settings name; nothing is connected yet.

    Calls raise DatabaseUnavailable while the database is away; the pool reconnects by itself once it is back.
    The schema is left as it is: see ``migrations.schema``. Safe for several threads. Raises BadInput when the
    settings cannot be used; no message ever holds a password.
    """
    url = database_url(settings)
    engine = _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url, settings)
    classify_errors(engine)
    return engine


def open_sqlite(path: Path) -> Engine:
    """Return an engine on a SQLite file, its schema created or migrated. Safe for several threads.

    Write-ahead logging lets readers go on while one thread writes; a killed process loses at most
    its open transaction.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _sqlite_engine(URL.create("sqlite", database=str(path)))
    migrate(engine)
    return engine


def database_url(settings: DatabaseSettings) -> URL:
    """Return the URL with its driver and password. Raises BadInput, without repeating what may be secret."""
    if settings.database_url is None:
        raise BadInput("AUDIT_DATABASE_URL is not set: give postgresql://user@host:5432/name")
    try:
        url = make_url(settings.database_url.get_secret_value())
    except (ArgumentError, ValueError):
        raise BadInput("AUDIT_DATABASE_URL is not a URL: give postgresql://user@host:5432/name") from None
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadInput("AUDIT_DATABASE_URL: a SQLite database needs a file: sqlite:///path/to/file.db")
        return url
    if url.drivername not in _POSTGRESQL:
        raise BadInput(f"AUDIT_DATABASE_URL: {url.drivername!r} is not supported: use postgresql:// or sqlite:///")
    password = _password(settings)
    url = url.set(drivername="postgresql+psycopg")
    return url.set(password=password) if password is not None else url


def utc(value: Any) -> datetime | None:  # noqa: ANN401  # a column value
    """Return a stored time in UTC: SQLite forgets the offset, PostgreSQL keeps the instant."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"not a time: {value!r}")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _password(settings: DatabaseSettings) -> str | None:
    if settings.database_password is not None:
        return settings.database_password.get_secret_value()
    file = settings.database_password_file
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"AUDIT_DATABASE_PASSWORD_FILE={file}: cannot be read: {type(error).__name__}") from error


def _postgresql_engine(url: URL, settings: DatabaseSettings) -> Engine:
    if settings.database_tls_ca is not None and not settings.database_tls_ca.is_file():
        raise BadInput(f"AUDIT_DATABASE_TLS_CA={settings.database_tls_ca}: no such file")
    milliseconds = round(settings.database_statement_timeout * 1000)
    arguments: dict[str, object] = {
        "sslmode": settings.database_tls,
        "connect_timeout": settings.database_connect_timeout,
        "application_name": settings.database_application_name,
        "options": f"-c statement_timeout={milliseconds} -c timezone=UTC",
        **_KEEPALIVES,
    }
    if settings.database_tls_ca is not None:
        arguments["sslrootcert"] = str(settings.database_tls_ca)
    return create_engine(
        url,
        # What the URL says itself stands.
        connect_args={name: value for name, value in arguments.items() if name not in url.query},
        pool_pre_ping=True,
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=_POOL_WAIT_SECONDS,
        hide_parameters=True,
    )


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
