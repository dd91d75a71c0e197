"""A private PostgreSQL for the tests: started once a session, a fresh migrated database for each test."""

import functools
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, Engine, make_url

from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.migrations.schema import migrate
from tests.servers.ports import free_port

_BINARIES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Faster; a crash of the machine, not of the server, loses data."""
_OPTIONS = {
    "shared_buffers": "64MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
}
_USER = "audit"
SERVER_ACCOUNT = "nobody"
"""PostgreSQL refuses to run as root."""
_NUMBERS = itertools.count(1)
_RUN = secrets.token_hex(3)
_TEMPLATE = f"audit_template_{_RUN}"


@dataclass
class PrivatePostgres:
    """A PostgreSQL server of our own on loopback, with a password; what it holds dies with it."""

    folder: Path
    port: int
    password: str
    tls: bool = False
    durable: bool = False
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> URL:
        """Return the URL of the administrator, over loopback TCP."""
        return URL.create("postgresql", _USER, self.password, "127.0.0.1", self.port, "postgres")

    def start(self) -> None:
        """Start the server on its folder and port; returns once it answers."""
        options = _OPTIONS | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        if not self.durable:
            options |= _FORGETFUL
        if self.tls:
            options |= {
                "ssl": "on",
                "ssl_cert_file": f"{self.folder}/server.crt",
                "ssl_key_file": f"{self.folder}/server.key",
            }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_server(), str(_binaries() / "postgres"), "-D", str(self.folder / "data"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        end = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT aborts what runs, SIGQUIT is a crash. Nothing happens when it is stopped already."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        self.process = None

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url.render_as_string(hide_password=False), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


@contextmanager
def private_postgres(
    *, prepare: Callable[[Path], None] | None = None, durable: bool = False
) -> Iterator[PrivatePostgres]:
    """Run a server in a temporary folder; ``prepare`` may put its certificate there (server.crt, server.key)."""
    server = _create()
    server.durable = durable
    try:
        if prepare is not None:
            prepare(server.folder)
            server.tls = True
        server.start()
        yield server
    finally:
        _destroy(server)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """The URL of an administrator of a PostgreSQL: AUDIT_TEST_DATABASE_URL, else a private server."""
    if given := os.environ.get("AUDIT_TEST_DATABASE_URL"):
        yield make_url(given)
        _execute(make_url(given), f"DROP DATABASE IF EXISTS {_TEMPLATE}")
        return
    server = _shared()
    yield server.url
    # Each conftest that imports this fixture has its own copy; they all end with the session.
    _destroy(server)


@contextmanager
def fresh_database(server: URL, *, migrated: bool = True) -> Iterator[DatabaseSettings]:
    """Make a database, empty or with the current schema, and drop it afterwards."""
    name = f"audit_test_{_RUN}_{next(_NUMBERS)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {_template(server) if migrated else 'template0'}")
    try:
        yield settings_for(server.set(database=name))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def fresh_engine(server: URL) -> Iterator[Engine]:
    """Open a fresh database with the current schema."""
    with fresh_database(server) as settings:
        engine = open_database(settings)
        try:
            yield engine
        finally:
            engine.dispose()


def settings_for(url: URL, **more: object) -> DatabaseSettings:
    """Return settings that lead to a URL."""
    return DatabaseSettings.model_validate({"database_url": url.render_as_string(hide_password=False), **more})


@functools.cache
def _shared() -> PrivatePostgres:
    server = _create()
    server.start()
    return server


def _create() -> PrivatePostgres:
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="audit-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, SERVER_ACCOUNT)
    server = PrivatePostgres(folder, free_port(), secrets.token_urlsafe(12))
    password = folder / "password"
    password.write_text(server.password, encoding="utf-8")
    password.chmod(0o644)
    done = subprocess.run(
        [
            *_as_server(),
            *(str(binaries / "initdb"), "-D", str(folder / "data"), "-U", _USER, "-A", "scram-sha-256"),
            *("--pwfile", str(password), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    if done.returncode:
        shutil.rmtree(folder)
        pytest.fail(f"initdb failed: {done.stderr}")
    return server


def _destroy(server: PrivatePostgres) -> None:
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def _as_server() -> list[str]:
    """Return the prefix under which the server runs: not as root, and never longer than this process."""
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig", "SIGQUIT", "--"]
    account = [f"--reuid={SERVER_ACCOUNT}", "--regid=nogroup", "--clear-groups"]
    return ["setpriv", *account, "--pdeathsig", "SIGQUIT", "--"]


def _binaries() -> Path:
    if _BINARIES:
        return _BINARIES[0]
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    missing = "PostgreSQL is not installed (Debian: apt-get install postgresql); or set AUDIT_TEST_DATABASE_URL"
    pytest.fail(missing)


@functools.cache
def _template(server: URL) -> str:
    """Return the name of a database that has the current schema, made once a session."""
    _execute(server, f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
    engine = open_database(settings_for(server.set(database=_TEMPLATE)))
    migrate(engine)
    engine.dispose()
    return _TEMPLATE


def _execute(server: URL, statement: str) -> None:
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement.encode())
