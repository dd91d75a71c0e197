"""Opening the database: settings, secrets, TLS, servers that go away."""

import functools
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from services.contracts.errors import AuditError, BadInput, DatabaseUnavailable
from services.contracts.reasons import Reason
from services.runtime.backoff import retrying
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.settings import read_settings
from tests.servers.ports import free_port
from tests.servers.postgres import PrivatePostgres, fresh_engine, private_postgres, settings_for

SECRET = "hunter2-p%40ss"


@pytest.fixture
def engine(postgres: URL) -> Iterator[Engine]:
    """A migrated PostgreSQL database."""
    with fresh_engine(postgres) as engine:
        yield engine


@pytest.fixture
def mortal() -> Iterator[PrivatePostgres]:
    """A server that a test may kill."""
    with private_postgres() as server:
        yield server


def one(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def settings_of(**values: object) -> DatabaseSettings:
    return DatabaseSettings.model_validate(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "AUDIT_DATABASE_URL is not set"),
        ({"database_url": SECRET}, "is not a URL"),
        ({"database_url": f"postgresql://u:{SECRET}@h:port/d"}, "is not a URL"),
        ({"database_url": f"mysql://u:{SECRET}@h/d"}, "'mysql' is not supported"),
        ({"database_url": "sqlite://"}, "needs a file"),
        ({"database_url": "postgresql://u@h/d", "database_password_file": "/nowhere"}, "DATABASE_PASSWORD_FILE"),
        ({"database_url": f"postgresql://u:{SECRET}@h/d", "database_tls_ca": "/nowhere"}, "DATABASE_TLS_CA"),
    ],
)
def test_settings_that_cannot_be_used_are_named_without_their_secrets(values: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        open_database(settings_of(**values))
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("wrong", [{"DATABASE_TLS": "maybe"}, {"DATABASE_POOL_SIZE": "0"}])
def test_a_wrong_setting_does_not_give_the_others_away(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    monkeypatch.setenv("AUDIT_DATABASE_URL", f"postgresql://u:{SECRET}@h/d")
    monkeypatch.setenv("AUDIT_DATABASE_PASSWORD", SECRET)
    for name, value in wrong.items():
        monkeypatch.setenv(f"AUDIT_{name}", value)
    with pytest.raises(BadInput, match=next(iter(wrong))) as raised:
        read_settings(DatabaseSettings)
    assert "hunter2" not in str(raised.value)


def test_the_password_may_come_from_a_setting_or_a_file(postgres: URL, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{postgres.password}\n", encoding="utf-8")
    bare = URL.create(
        "postgresql", postgres.username, host=postgres.host, port=postgres.port, database=postgres.database
    )
    for more in ({"database_password": postgres.password}, {"database_password_file": file}):
        engine = open_database(settings_for(bare, **more))
        assert one(engine) == 1
        engine.dispose()


def test_a_refused_password_is_never_repeated(postgres: URL) -> None:
    settings = settings_for(postgres, database_password=SECRET)
    engine = open_database(settings)
    with pytest.raises(DatabaseUnavailable, match="password authentication failed") as raised:
        one(engine)
    chain = [raised.value, raised.value.__cause__, raised.value.__context__]
    assert all("hunter2" not in f"{error!s}{error!r}" for error in chain)
    assert "hunter2" not in f"{settings!r}{settings}{engine!r}{engine.url}"


def test_the_connection_says_who_it_is_and_bounds_its_statements(engine: Engine) -> None:
    with engine.connect() as connection:
        shown = [
            connection.scalar(text(f"SHOW {name}")) for name in ("application_name", "statement_timeout", "timezone")
        ]
    assert shown == ["commune-audit", "1min", "UTC"]


def test_a_statement_that_takes_too_long_is_cut_and_may_be_tried_again(engine: Engine) -> None:
    brief = open_database(settings_for(engine.url, database_statement_timeout=0.1))
    with pytest.raises(DatabaseUnavailable, match="statement timeout"), brief.connect() as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    assert one(brief) == 1
    brief.dispose()


def test_a_server_that_is_not_there_is_a_reason_to_wait() -> None:
    engine = open_database(settings_of(database_url=f"postgresql://u:{SECRET}@127.0.0.1:{free_port()}/d"))
    with pytest.raises(DatabaseUnavailable, match="refused") as raised:
        one(engine)
    assert (raised.value.retryable, raised.value.kind) == (True, Reason.DATABASE_UNAVAILABLE)
    assert "hunter2" not in str(raised.value)


def test_a_defect_is_not_taken_for_an_absence(engine: Engine) -> None:
    with pytest.raises(Exception, match="does not exist") as raised, engine.connect() as connection:
        connection.execute(text("SELECT * FROM nothing"))
    assert not isinstance(raised.value, AuditError)


def test_a_killed_server_is_waited_for_and_the_work_goes_on(mortal: PrivatePostgres) -> None:
    engine = open_database(settings_for(mortal.url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE seen (n integer PRIMARY KEY)"))
    failures: list[AuditError] = []
    half, killed = threading.Event(), threading.Event()

    def note(number: int) -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO seen VALUES (:n) ON CONFLICT DO NOTHING"), {"n": number})

    def work(_worker: int) -> None:
        for number in range(200):
            if number == 100:
                half.set()
                killed.wait(30)
            retrying(
                functools.partial(note, number),
                draw=lambda: 0,
                wait=lambda _seconds: threading.Event().wait(0.05),
                on_failure=lambda error, _seconds: failures.append(error),
            )

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, worker) for worker in range(4)]
        assert half.wait(30)
        mortal.stop(signal.SIGQUIT)
        killed.set()
        with pytest.raises(DatabaseUnavailable):
            one(engine)
        mortal.start()
        for future in running:
            future.result(timeout=60)
    assert failures
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM seen")) == 200
    assert all(error.kind is Reason.DATABASE_UNAVAILABLE for error in failures)
    engine.dispose()


def test_a_transaction_cut_by_a_restart_says_so_and_the_pool_recovers(mortal: PrivatePostgres) -> None:
    engine = open_database(settings_for(mortal.url))
    connection = engine.connect()
    assert connection.scalar(text("SELECT 1")) == 1
    mortal.stop()
    mortal.start()
    with pytest.raises(DatabaseUnavailable):
        connection.execute(text("SELECT 1"))
    connection.close()
    assert [one(engine) for _ in range(3)] == [1, 1, 1]
    engine.dispose()


def test_a_busy_sqlite_file_is_a_reason_to_wait(tmp_path: Path) -> None:
    engine = open_database(settings_of(database_url=f"sqlite:///{tmp_path / 'a.db'}"))
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        with engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout = 50")
            with pytest.raises(DatabaseUnavailable, match="locked"):
                other.exec_driver_sql("BEGIN IMMEDIATE")
    engine.dispose()
