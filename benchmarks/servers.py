"""The servers that a benchmark runs on: private ones, unless AUDIT_TEST_* name existing ones."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url

from tests.servers.postgres import private_postgres
from tests.servers.rabbitmq import RabbitmqServer


@contextmanager
def broker_url() -> Iterator[str]:
    """Give the address of an empty virtual host."""
    existing = os.environ.get("AUDIT_TEST_AMQP_URL")
    if existing:
        yield existing
        return
    folder = Path(tempfile.mkdtemp(prefix="audit-rabbitmq-"))
    server = RabbitmqServer(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_server_url() -> Iterator[URL]:
    """Give the administrator's URL of a PostgreSQL; a private one is durable, as in production."""
    if given := os.environ.get("AUDIT_TEST_DATABASE_URL"):
        yield make_url(given)
        return
    with private_postgres(durable=True) as server:
        yield server.url
