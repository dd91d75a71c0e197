"""The schema: what the migrations make is what the program was written for, from wherever they start."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, select, text, update

from services.contracts.errors import BadInput
from services.runtime.database import open_database, open_sqlite
from services.runtime.migrations import schema
from services.runtime.migrations.schema import Migration, Standing, check_schema, migrate, read_schema
from services.runtime.tables import AUDIT, CAMPAIGN, METADATA
from tests.servers.postgres import fresh_database, settings_for

FOLDER = Path(schema.__file__).parent
HEAD = ScriptDirectory(str(FOLDER)).get_current_head()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind, without a schema."""
    if request.param == "sqlite":
        engine = open_database(settings_for(sqlite_url(tmp_path)))
        yield engine
        engine.dispose()
        return
    with fresh_database(request.getfixturevalue("postgres"), migrated=False) as settings:
        engine = open_database(settings)
        yield engine
        engine.dispose()


def sqlite_url(folder: Path) -> URL:
    return URL.create("sqlite", database=str(folder / "audit.db"))


def make_unversioned(engine: Engine) -> None:
    """Make a database of before versions existed, with three sites of one group out together."""
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("INSERT INTO campaign VALUES ('old', '2026-11-23 12:00:00', 'f', 1, '{}')"))
        for code in ("33001", "33002", "33003"):
            connection.execute(
                text(
                    "INSERT INTO audit (campaign, code, sequence, authority, state, priority, position, host_group,"
                    " attempts, moved_at) VALUES ('old', :code, 1, '{}', 'released', 0, 0, 'a.fr', 1,"
                    " '2026-11-23 12:00:00')"
                ),
                {"code": code},
            )


def set_revision(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_the_migrations_make_the_tables_of_the_program(empty: Engine) -> None:
    assert migrate(empty) == Migration(None, HEAD)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, METADATA)
    # Alembic cannot read a descending index of SQLite; the next test compares every index word for word.
    assert [d for d in differences if "'audit_waiting'" not in repr(d)] == []
    assert migrate(empty) == Migration(HEAD, HEAD)
    check_schema(empty)


def test_the_indexes_are_those_of_the_program_word_for_word(empty: Engine) -> None:
    migrate(empty)
    migrated = index_definitions(empty)
    indexes = [index for table in METADATA.tables.values() for index in table.indexes]
    with empty.begin() as connection:
        for index in indexes:
            connection.execute(text(f"DROP INDEX {index.name}"))
            index.create(connection)
    assert index_definitions(empty) == migrated


def index_definitions(engine: Engine) -> dict[str, str]:
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if engine.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    with engine.connect() as connection:
        return {name: " ".join(sql.split()) for name, sql in connection.execute(text(query))}


def test_a_database_from_before_the_versions_is_taken_over_with_its_data(empty: Engine) -> None:
    make_unversioned(empty)
    assert read_schema(empty).standing is Standing.TOO_OLD
    with pytest.raises(BadInput, match=r"too old .*run: commune-audit database migrate"):
        check_schema(empty)
    assert migrate(empty) == Migration(None, HEAD)
    check_schema(empty)
    with empty.connect() as connection:
        states = connection.scalars(select(AUDIT.c.state).order_by(AUDIT.c.code)).all()
    assert states == ["released", "planned", "planned"]


def test_an_embedded_database_from_before_the_versions_opens(tmp_path: Path) -> None:
    old = open_database(settings_for(sqlite_url(tmp_path)))
    make_unversioned(old)
    old.dispose()
    engine = open_sqlite(tmp_path / "audit.db")
    check_schema(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(CAMPAIGN.c.name)) == "old"
    engine.dispose()


def test_an_older_revision_is_migrated_from_where_it_stands(empty: Engine) -> None:
    make_unversioned(empty)
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    with pytest.raises(BadInput, match=rf"too old \(revision 0001, this program needs {HEAD}\)"):
        check_schema(empty)
    assert migrate(empty) == Migration("0001", HEAD)


def test_sites_that_work_by_the_verdicts_of_before_are_known_to_the_ledger(empty: Engine) -> None:
    make_unversioned(empty)
    states = {"33001": "partial", "33002": "no", "33003": "undetermined"}
    with empty.begin() as connection:
        connection.execute(text("UPDATE audit SET state = 'measured'"))
        for code, state in states.items():
            connection.execute(
                text("INSERT INTO verdict_set VALUES ('old', :code, 1, 'r1-0', :at, :at, NULL, 'm', 'v')"),
                {"code": code, "at": "2026-11-23 12:00:00"},
            )
            connection.execute(
                text("INSERT INTO verdict VALUES ('old', :code, 'has_functional_site', :s, NULL, NULL, 1, '', 'r')"),
                {"code": code, "s": state},
            )
    migrate(empty)
    with empty.connect() as connection:
        assert connection.scalars(select(AUDIT.c.works).order_by(AUDIT.c.code)).all() == [True, False, None]


def test_an_empty_database_is_refused_with_the_command_to_run(empty: Engine) -> None:
    with pytest.raises(BadInput, match=r"no schema.*run: commune-audit database migrate"):
        check_schema(empty)


def test_a_newer_schema_is_refused_and_left_alone(empty: Engine) -> None:
    migrate(empty)
    set_revision(empty, "9999")
    for refuse in (check_schema, migrate):
        with pytest.raises(BadInput, match=rf"too new \(revision 9999\): this program knows revision {HEAD}"):
            refuse(empty)
    assert read_schema(empty).found == "9999"


def test_tables_of_another_program_are_not_taken_over(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE campaign (id INTEGER)"))
    with pytest.raises(BadInput, match="tables of another program: campaign"):
        migrate(empty)


def test_migrators_started_together_wait_for_one_another(empty: Engine) -> None:
    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(lambda _n: migrate(empty), range(5)))
    assert min((m.before or "", m.after) for m in done) == ("", HEAD)
    assert sum(m.before is None for m in done) == 1
    check_schema(empty)


def test_a_migration_that_fails_leaves_nothing_behind(empty: Engine) -> None:
    make_unversioned(empty)
    with empty.begin() as connection:
        connection.execute(update(AUDIT).values(state="planned"))
        connection.execute(text("CREATE INDEX audit_open ON audit (code)"))
    with pytest.raises(Exception, match="audit_open"):
        migrate(empty)
    assert (read_schema(empty).found, "audit_in_flight" in index_definitions(empty)) == (None, False)
