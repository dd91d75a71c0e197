"""The canaries through real processes: right where all is well, wrong where a site is not as it should be, or late."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event

import httpx
import pytest
from pydantic import SecretStr

from services.cli.canary_round import CanaryRound, RoundEnd
from services.cli.canary_verdicts import CanaryVerdicts
from services.cli.synthetic import Connection
from services.contracts.verdicts import State
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.request_queue import publish_request
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.simulator.canaries import canary_country
from services.simulator.dns_server import serve_dns
from services.simulator.dns_zone import Zone
from services.simulator.kept_authority import CERTIFICATE
from services.simulator.truth import TruthVerdict, truth_of
from tests.e2e.distributed import SERVICES, process, services
from tests.e2e.scrapes import Scrape, scrape
from tests.servers.ports import free_port
from tests.servers.postgres import postgres
from tests.servers.rabbitmq import amqp_url, private_rabbitmq
from tests.servers.swift import s3_server

__all__ = ["amqp_url", "postgres", "private_rabbitmq", "s3_server", "services"]

GONE, NOT_FOUND = "99009", "99012"
"""Two canaries whose audits are soon over."""
SITES = canary_country().sites


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    """Serve the names of the canaries, as the public name servers stand: one of them does not exist."""
    ready, over, address = Event(), Event(), []

    async def serve() -> None:
        async with serve_dns(Zone(canary_country())) as port:
            address.append(f"127.0.0.1:{port}")
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(30)
    yield address[0]
    over.set()
    thread.join()


@pytest.fixture(scope="module")
def country(names: str, tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """Return how the fetchers reach the canaries, which a process of its own serves."""
    folder = tmp_path_factory.mktemp("canary")
    rule = f"*.canary.test=127.0.0.1:{free_port()}"
    return Connection(
        resolve=(rule,),
        dns_server=names,
        trusted_ca=folder / CERTIFICATE,
        targets=folder / "none",
        truth=folder / "none",
    )


@pytest.fixture
def environment(services: dict[str, str], country: Connection) -> dict[str, str]:
    return services | {
        "AUDIT_CANARY_PORT": country.resolve[0].rpartition(":")[2],
        "AUDIT_CANARY_FOLDER": str(country.trusted_ca.parent),
        "AUDIT_CANARY_INTERVAL": "3600",
        "AUDIT_HEALTH_PORT": str(free_port()),
    }


def first_round(port: int, log: Path) -> Scrape:
    """Wait for the end of the canary process's first round, and return what it says then."""
    deadline = time.monotonic() + 240
    while True:
        try:
            seen = scrape(port)
        except httpx.TransportError:
            seen = None
        if seen is not None and seen.total("audit_canary_rounds_total"):
            return seen
        assert time.monotonic() < deadline, {path.name: path.read_text()[-2000:] for path in log.glob("*.log")}
        time.sleep(0.5)


def another_round(environment: dict[str, str], folder: Path, *, planted: bool = False, budget: float = 120) -> RoundEnd:
    """Go round two of the canaries; ``planted``: believing that one which is not there must be found."""
    truths = {code: truth_of(SITES[code]) for code in (GONE, NOT_FOUND)}
    if planted:
        lie = {"has_functional_site": TruthVerdict(state=State.YES)}
        known = truths[NOT_FOUND]
        truths[NOT_FOUND] = known.model_copy(update={"verdicts": known.verdicts | lie})
    engine = open_database(DatabaseSettings(database_url=SecretStr(environment["AUDIT_DATABASE_URL"])))
    go_round = CanaryRound(
        authorities=[SITES[code].authority for code in truths],
        truths=truths,
        ledger=SqlLedger(engine),
        requests=SqlRequests(engine),
        verdicts=CanaryVerdicts(engine, FolderArtefactStore(folder)),
        publish=partial(publish_request, BrokerSettings(amqp_url=environment["AUDIT_AMQP_URL"])),
        clock=SystemClock(),
        budget=budget,
        poll=0.2,
    )
    end = go_round(Event())
    engine.dispose()
    assert end is not None
    return end


def test_canaries_are_right_or_wrong_or_late_as_the_product_is(
    environment: dict[str, str], country: Connection, tmp_path: Path
) -> None:
    # Only the process of the canaries is looked at.
    others = {name: value for name, value in environment.items() if name != "AUDIT_HEALTH_PORT"}
    with ExitStack() as running:
        running.enter_context(process("canary", environment, tmp_path))
        deadline = time.monotonic() + 60
        while not country.trusted_ca.exists():
            assert time.monotonic() < deadline, (tmp_path / "canary.log").read_text()
            time.sleep(0.1)
        started = {service: running.enter_context(process(service, others, tmp_path)) for service in SERVICES}
        seen = first_round(int(environment["AUDIT_HEALTH_PORT"]), tmp_path)
        assert seen.value("audit_canary_rounds_total", result="ok") == 1, (tmp_path / "canary.log").read_text()[-3000:]
        assert seen.value("audit_canary_audits") == len(SITES)
        assert seen.value("audit_canary_wrong_verdicts") == seen.value("audit_canary_late_audits") == 0
        assert seen.value("audit_canary_round_duration_seconds") > 0
        assert seen.value("audit_canary_last_success_timestamp_seconds") > 0
        assert seen.value("audit_ready") == 1

        end = another_round(environment, tmp_path, planted=True)
        assert end.late == ()
        assert [(one.audit.code, one.indicator, str(one.found)) for one in end.wrong] == [
            (NOT_FOUND, "has_functional_site", "no")
        ]

        started["fetcher"].kill()
        started["fetcher"].wait()
        end = another_round(environment, tmp_path, budget=2)
        assert (end.late, end.wrong, end.good) == ((GONE, NOT_FOUND), (), False)
