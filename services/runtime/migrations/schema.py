"""Which version the database's schema has, which one this program needs, and how to get from one to the other."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select

from services.contracts.errors import BadInput
from services.runtime.locks import Lock, hold

_INITIAL = "0001"
_INITIAL_TABLES = frozenset({"campaign", "audit", "verdict_set", "verdict"})
_MIGRATE = "run: commune-audit database migrate"


class Standing(StrEnum):
    """How the database's schema compares with what this program needs."""

    CURRENT = "current"
    EMPTY = "empty"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"


@dataclass(frozen=True, slots=True)
class Schema:
    """The version of a database's schema (None when it was made before versions, or is empty) and ours."""

    found: str | None
    known: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did: the version before (None: none yet) and after."""

    before: str | None
    after: str


def read_schema(engine: Engine) -> Schema:
    """Return the standing of a database's schema. Writes nothing."""
    with engine.connect() as connection:
        return _read(connection)


def check_schema(engine: Engine) -> None:
    """Refuse a database whose schema is not the one this program was written for. Raises BadInput."""
    schema = read_schema(engine)
    if schema.standing is not Standing.CURRENT:
        raise BadInput(explain(schema))


def explain(schema: Schema) -> str:
    """Return what an operator must know of a schema, in one line."""
    found = schema.found or "none"
    match schema.standing:
        case Standing.CURRENT:
            return f"the database's schema is up to date (revision {found})"
        case Standing.EMPTY:
            return f"the database has no schema, this program needs revision {schema.known}; {_MIGRATE}"
        case Standing.TOO_OLD:
            return f"the database's schema is too old (revision {found}, this program needs {schema.known}); {_MIGRATE}"
        case Standing.TOO_NEW:
            return (
                f"the database's schema is too new (revision {found}): this program knows revision {schema.known};"
                " upgrade the program"
            )


def migrate(engine: Engine) -> Migration:
    """Bring the schema to this program's version in one transaction, all or nothing.

    Migrators wait for one another. A database made before versions existed is recognised and taken over. Raises
    BadInput when the schema is newer than this program, or is no schema of ours.
    """
    if (schema := read_schema(engine)).standing is Standing.CURRENT:
        return Migration(schema.known, schema.known)
    with engine.begin() as connection:
        hold(connection, Lock.MIGRATION)
        _lift_timeouts(connection)
        schema = _read(connection)
        if schema.standing is Standing.TOO_NEW:
            raise BadInput(explain(schema))
        if schema.standing is not Standing.CURRENT:
            config = _config(connection)
            if schema.found is None and schema.standing is Standing.TOO_OLD:
                command.stamp(config, _INITIAL)
            command.upgrade(config, "head")
    return Migration(schema.found, schema.known)


def _read(connection: Connection) -> Schema:
    scripts = ScriptDirectory.from_config(_config(connection))
    known = scripts.get_current_head()
    if known is None:
        raise RuntimeError("the program was installed without its migrations")
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None:
        ours = {script.revision for script in scripts.walk_revisions()}
        older = Standing.TOO_OLD if found in ours else Standing.TOO_NEW
        return Schema(found, known, Standing.CURRENT if found == known else older)
    tables = _INITIAL_TABLES & set(inspect(connection).get_table_names())
    if tables and tables != _INITIAL_TABLES:
        raise BadInput(f"the database has tables of another program: {', '.join(sorted(tables))}; use an empty one")
    return Schema(None, known, Standing.TOO_OLD if tables else Standing.EMPTY)


def _lift_timeouts(connection: Connection) -> None:
    """Let a migration take its time: it may rewrite a table."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.set_config("statement_timeout", "0", True)))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
