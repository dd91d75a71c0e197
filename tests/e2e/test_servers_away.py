"""The four processes while their servers are away: each waits, says so, and comes back by itself."""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import URL, make_url

from tests.e2e.conftest import environment
from tests.e2e.distributed import SERVICES, process
from tests.servers.front import Front, Mode, in_front_of
from tests.servers.ports import free_port
from tests.servers.postgres import fresh_database, postgres
from tests.servers.rabbitmq import amqp_url, private_rabbitmq
from tests.servers.swift import S3Server, s3_server

__all__ = ["amqp_url", "postgres", "private_rabbitmq", "s3_server"]

NEEDS = {
    "database": {"scheduler", "aggregator"},
    "store": {"fetcher", "analyzer", "aggregator"},
    "broker": set(SERVICES),
}
PORTS = {service: free_port() for service in SERVICES}


@pytest.fixture
def fronts(postgres: URL, amqp_url: str, s3_server: S3Server) -> Iterator[tuple[dict[str, Front], dict[str, str]]]:
    """Servers that can be taken away, and the environment of processes on them."""
    with ExitStack() as around:
        database = around.enter_context(fresh_database(postgres))
        assert database.database_url is not None
        url = make_url(database.database_url.get_secret_value())
        addresses = {
            "database": f"tcp://{url.host}:{url.port or 5432}",
            "store": s3_server.endpoint,
            "broker": amqp_url,
        }
        made = {name: around.enter_context(in_front_of(address)) for name, address in addresses.items()}
        broker = urlsplit(amqp_url)
        through = url.set(host="127.0.0.1", port=made["database"].port)
        yield (
            made,
            environment()
            | {
                "AUDIT_DATABASE_URL": through.render_as_string(hide_password=False),
                "AUDIT_AMQP_URL": f"amqp://{broker.username}:{broker.password}@127.0.0.1:{made['broker'].port}{broker.path}",
                "AUDIT_STORE_URL": f"s3://{s3_server.new_bucket()}",
                "AUDIT_S3_ENDPOINT_URL": f"http://127.0.0.1:{made['store'].port}",
                "AUDIT_S3_REGION": s3_server.region,
                "AUDIT_S3_ACCESS_KEY": s3_server.access_key,
                "AUDIT_S3_SECRET_KEY": s3_server.secret_key,
                "AUDIT_S3_MAX_ATTEMPTS": "1",
                "AUDIT_AMQP_MAX_RECONNECT_DELAY": "1",
            },
        )


def answer(service: str, probe: str) -> int | None:
    """Return the status of a probe of a service, None while nobody listens."""
    with closing(http.client.HTTPConnection("127.0.0.1", PORTS[service], timeout=10)) as connection:
        try:
            connection.request("GET", probe)
            return connection.getresponse().status
        except OSError:
            return None


def ready() -> set[str]:
    return {service for service in SERVICES if answer(service, "/readyz") == 200}


def test_each_process_waits_for_its_servers_says_so_and_comes_back(
    fronts: tuple[dict[str, Front], dict[str, str]], tmp_path: Path
) -> None:
    servers, settings = fronts

    def wait_until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not condition():
            logs = {path.name: path.read_text(errors="replace")[-2000:] for path in tmp_path.glob("*.log")}
            assert all(child.poll() is None for child in children), logs
            assert time.monotonic() < deadline, (ready(), logs)
            time.sleep(0.1)

    for front in servers.values():
        front.turn(Mode.AWAY)
    with ExitStack() as running:
        children = []
        for service in SERVICES:
            own = settings | {"AUDIT_HEALTH_PORT": str(PORTS[service])}
            children.append(running.enter_context(process(service, own, tmp_path)))
        wait_until(lambda: all(answer(service, "/healthz") == 200 for service in SERVICES))
        assert ready() == set()
        servers["database"].turn(Mode.OPEN)
        servers["store"].turn(Mode.OPEN)
        wait_until(lambda: servers["broker"].refused >= 2 * len(SERVICES))
        assert ready() == set()
        servers["broker"].turn(Mode.OPEN)
        wait_until(lambda: ready() == set(SERVICES))
        for name, front in servers.items():
            front.turn(Mode.AWAY)
            wait_until(lambda name=name: ready() == set(SERVICES) - NEEDS[name])  # type: ignore[misc]
            front.turn(Mode.OPEN)
            wait_until(lambda: ready() == set(SERVICES))
        # Stopped while everything is away, each still ends with 0: see the end of the block.
        for front in servers.values():
            front.turn(Mode.AWAY)
