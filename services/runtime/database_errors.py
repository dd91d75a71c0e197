"""Failures of the database driver, classified once: away for a while, or a defect."""

import sqlite3

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from services.contracts.errors import DatabaseUnavailable

_SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def classify_errors(engine: Engine) -> None:
    """Make the engine raise DatabaseUnavailable when the database is away, busy or starting.

    A lost connection is thrown away with the rest of the pool, so that the next call opens a new one. Anything else
    (a constraint, a missing table) stays the exception it was.
    """
    event.listen(engine, "handle_error", _raise_unavailable)


def _raise_unavailable(context: ExceptionContext) -> None:
    error = context.original_exception
    if context.is_pre_ping or not (context.is_disconnect or _is_passing(error)):
        return
    # The driver's own words only: the wrapper's would repeat the statement and its parameters.
    raise DatabaseUnavailable(f"the database is not available: {_first_line(error)}") from error


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_BUSY
    # PostgreSQL: refused and lost connections, shutdown, too many clients, deadlock, statement timeout, full disk.
    return any(
        kind.__module__.startswith("psycopg") and kind.__name__ == "OperationalError" for kind in type(error).mro()
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
