"""Locks of the database that several processes and threads honour, held to the end of a transaction."""

from enum import IntEnum

from sqlalchemy import Connection, func, select


class Lock(IntEnum):
    """What is locked. The numbers are PostgreSQL advisory lock keys: stable between versions of the program."""

    MIGRATION = 0x61756469_0001
    LEDGER = 0x61756469_0002


def hold(connection: Connection, lock: Lock) -> None:
    """Wait for a lock and keep it until the transaction ends. Call it first in the transaction.

    On SQLite there is one lock, the file's: nobody else writes meanwhile.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(select(func.pg_advisory_xact_lock(lock.value)))
