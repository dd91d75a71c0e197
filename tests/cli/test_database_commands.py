"""`commune-audit database`: what an operator sees."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url
from typer.testing import CliRunner, Result

from services.cli.database_commands import app
from services.contracts.errors import BadInput, DatabaseUnavailable
from services.runtime.database_settings import DatabaseSettings
from tests.servers.ports import free_port
from tests.servers.postgres import fresh_database, postgres

__all__ = ["postgres"]


@pytest.fixture
def empty(postgres: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseSettings]:
    """A PostgreSQL database without a schema, named by the environment."""
    with fresh_database(postgres, migrated=False) as settings:
        assert settings.database_url is not None
        monkeypatch.setenv("AUDIT_DATABASE_URL", settings.database_url.get_secret_value())
        yield settings


def run(*arguments: str) -> Result:
    """Run a command; an error the top level handles is raised here."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.usefixtures("empty")
def test_migrate_says_from_where_to_where_and_status_agrees() -> None:
    before = run("status")
    assert before.exit_code == 1
    assert "no schema" in before.output
    assert "run: commune-audit database migrate" in before.output
    assert "migrated from revision none to" in run("migrate").output
    assert "already at revision" in run("migrate").output
    after = run("status")
    assert (after.exit_code, "up to date" in after.output) == (0, True)


def test_no_output_holds_the_user_or_the_password(empty: DatabaseSettings) -> None:
    assert empty.database_url is not None
    url = make_url(empty.database_url.get_secret_value())
    outputs = [run(*command).output for command in (["status"], ["migrate"], ["status", "--json"])]
    for output in outputs:
        assert str(url.password) not in output
        assert f"127.0.0.1:{url.port}/{url.database}" in output


@pytest.mark.usefixtures("empty")
def test_status_as_json_is_for_deployments() -> None:
    shown = json.loads(run("status", "--json").output)
    assert (shown["found"], shown["standing"]) == (None, "empty")
    run("migrate")
    shown = json.loads(run("status", "--json").output)
    assert (shown["found"], shown["standing"]) == (shown["known"], "current")


def test_a_sqlite_file_can_be_migrated_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_DATABASE_URL", f"sqlite:///{tmp_path / 'audit.db'}")
    assert run("migrate").output.startswith(f"{tmp_path / 'audit.db'}: migrated from revision none")


def test_without_a_database_the_variable_to_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIT_DATABASE_URL", raising=False)
    with pytest.raises(BadInput, match="AUDIT_DATABASE_URL is not set"):
        run("status")


def test_a_server_that_is_away_is_said_to_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_DATABASE_URL", f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d")
    with pytest.raises(DatabaseUnavailable, match="not available") as raised:
        run("migrate")
    assert "hunter2" not in str(raised.value)
