"""``commune-audit database``: the schema of the shared database, for operators and deployments."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import Engine

from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.migrations.schema import Standing, explain, read_schema
from services.runtime.migrations.schema import migrate as migrate_schema
from services.runtime.settings import read_settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("migrate")
def migrate() -> None:
    """Bring the database that AUDIT_DATABASE_URL names to this program's schema. Safe to run several times at once."""
    with _database() as engine:
        done = migrate_schema(engine)
        where = _where(engine)
    if done.before == done.after:
        typer.echo(f"{where}: already at revision {done.after}")
    else:
        typer.echo(f"{where}: migrated from revision {done.before or 'none'} to {done.after}")


@app.command("status")
def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say whether the database's schema is the one this program needs. Exit code 1 when it is not."""
    with _database() as engine:
        schema = read_schema(engine)
        where = _where(engine)
    if as_json:
        typer.echo(
            json.dumps(
                {"database": where, "found": schema.found, "known": schema.known, "standing": schema.standing.value}
            )
        )
    else:
        typer.echo(f"{where}: {explain(schema)}")
    if schema.standing is not Standing.CURRENT:
        raise typer.Exit(1)


@contextmanager
def _database() -> Iterator[Engine]:
    engine = open_database(read_settings(DatabaseSettings))
    try:
        yield engine
    finally:
        engine.dispose()


def _where(engine: Engine) -> str:
    """Return the place of the database, without user, password or options."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or 'local socket'}{port}/{url.database}"
