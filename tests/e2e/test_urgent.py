"""A re-audit asked for while a campaign of hundreds is queued starts before the campaign's next site but one."""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pika
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from services.cli.synthetic import Connection, synthetic_country
from services.contracts import queues
from services.contracts.audits import AuditState
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.tables import AUDIT
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.conservation import Progress
from tests.e2e.distributed import CAMPAIGN, SERVICES, begin, process, run, services
from tests.servers.postgres import postgres
from tests.servers.rabbitmq import amqp_url, private_rabbitmq
from tests.servers.swift import s3_server

__all__ = ["amqp_url", "postgres", "private_rabbitmq", "s3_server", "services"]

SIZE, SEED, WINDOW = 450, 11, 40


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Serve a country, of which only sites that work are audited: a dead name would be done before anyone could ask."""
    folder = tmp_path_factory.mktemp("country")
    with synthetic_country(folder, size=SIZE, seed=SEED, showcase=False, clock=SystemClock()) as connection:
        truth = json.loads(connection.truth.read_text(encoding="utf-8"))
        works = {code for code, known in truth.items() if known["verdicts"]["site_status"]["value"] == "functional"}
        chosen = folder / "working.csv"
        with connection.targets.open(encoding="utf-8", newline="") as read, chosen.open("w", encoding="utf-8") as write:
            rows = csv.DictReader(read)
            writer = csv.DictWriter(write, rows.fieldnames or ())
            writer.writeheader()
            writer.writerows(row for row in rows if row["code"] in works)
        yield connection.model_copy(update={"targets": chosen})


class Campaign:
    """A campaign under way, seen from the fetcher's log and the ledger."""

    def __init__(self, services: dict[str, str], log: Path) -> None:
        database_url = SecretStr(services["AUDIT_DATABASE_URL"])
        self.engine = open_database(DatabaseSettings(database_url=database_url))
        self.ledger = SqlLedger(self.engine)
        self.requests = SqlRequests(self.engine)
        self._amqp = pika.URLParameters(services["AUDIT_AMQP_URL"])
        self._log = log

    def progress(self) -> Progress:
        return self.ledger.progress(CAMPAIGN)

    def is_answered(self, request_id: str) -> bool:
        found = self.requests.accepted(request_id)
        return found is not None and all(one.state.closed for one in found[1])

    def visited(self) -> list[str]:
        """Return the audits whose visit ended, in order: with one thread that is the order of their starts."""
        path = self._log / "fetcher.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [str(line["audit"]) for line in found if line.get("step") == queues.FETCH_SITE]

    def followed(self, service: str) -> set[str]:
        """Return the requests that the lines of a service's handled messages name."""
        lines = (self._log / f"{service}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        handled = [json.loads(line) for line in lines if '"event": "message handled"' in line and line.endswith("}")]
        return {request for line in handled for request in line.get("requests", ())}

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 240
        while not condition():
            logs = {path.name: path.read_text(errors="replace")[-1500:] for path in self._log.glob("*.log")}
            assert time.monotonic() < deadline, logs
            time.sleep(0.05)

    def publish(self, requests: dict[str, str]) -> int:
        """Ask for authorities under the given ids; return how many sites had been visited when the server had it."""
        with pika.BlockingConnection(self._amqp) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for request_id, code in requests.items():
                body = json.dumps({"schema": 1, "authority": code, "reason": "contestation"})
                properties = pika.BasicProperties(message_id=request_id)
                channel.basic_publish(queues.REQUESTS_EXCHANGE, "", body, properties, mandatory=True)
            return len(self.visited())

    def queued(self) -> int:
        """Return how many sites wait in the broker."""
        with pika.BlockingConnection(self._amqp) as connection:
            count: int = connection.channel().queue_declare(queues.FETCH, passive=True).method.message_count
        return count

    def last_waiting(self) -> str:
        """Return the authority that is last in the campaign's order and shares its host with nobody."""
        alone = select(AUDIT.c.host_group).group_by(AUDIT.c.host_group).having(func.count() == 1)
        waiting = select(AUDIT.c.code).where(AUDIT.c.state == AuditState.PLANNED.value, AUDIT.c.host_group.in_(alone))
        with self.engine.connect() as connection:
            return str(connection.scalars(waiting.order_by(AUDIT.c.position.desc()).limit(1)).one())


def test_a_reaudit_starts_before_the_next_site_but_one_of_a_campaign_of_hundreds(
    services: dict[str, str], country: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services |= {"AUDIT_WINDOW": str(WINDOW), "AUDIT_WORKER_THREADS": "1", "AUDIT_STOP_GRACE": "1"}
    begin(services, country, tmp_path / "out")
    campaign = Campaign(services, tmp_path)
    with ExitStack() as running:
        running.callback(campaign.engine.dispose)
        for service in SERVICES:
            running.enter_context(process(service, services, tmp_path))
        campaign.wait_for(lambda: campaign.progress().measured >= 1)
        progress, queued = campaign.progress(), campaign.queued()
        again, last = campaign.visited()[0].split("/")[1], campaign.last_waiting()
        urgent = {"r-again": f"{CAMPAIGN}/{again}/2", "r-last": f"{CAMPAIGN}/{last}/1"}
        visited = campaign.publish({"r-again": again, "r-last": last})
        campaign.wait_for(lambda: all(map(campaign.is_answered, urgent)))
        order = campaign.visited()
        answer = json.loads(run(services, "request", "show", "r-again", "--json"))
        for service in SERVICES:
            campaign.wait_for(lambda service=service: "r-again" in campaign.followed(service))
    # What was in hand when the requests came ends first; the question is what starts between.
    overtaken = [
        sum(audit not in urgent.values() for audit in order[visited + 1 : order.index(wanted)])
        for wanted in urgent.values()
    ]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{progress.planned} planned, {progress.waiting} waiting, {queued} queued in the broker; campaign sites"
            f" that started between a request and its audit: {overtaken[0]} (again), {overtaken[1]} (the last one)\n"
        )
    assert progress.waiting > 100
    assert queued >= WINDOW - 5
    assert max(overtaken) <= 1
    [audit] = answer["audits"]
    assert audit["audit"] == urgent["r-again"]
    # On a machine that is too busy a site may be unmeasured; how often it was seen is not the question here.
    assert (audit["verdicts"] is not None) == (audit["state"] == "measured")
    assert answer["finished"]
