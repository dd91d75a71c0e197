"""The same country through four real processes, RabbitMQ, PostgreSQL and an S3 store, undisturbed and disturbed."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pika
import pytest
from sqlalchemy import Engine, select

from services.cli.synthetic import Connection, synthetic_country
from services.contracts import queues
from services.contracts.errors import DatabaseUnavailable
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.tables import VERDICT, VERDICT_SET
from services.scheduler.adapters.ledger import SqlLedger
from tests.e2e.distributed import (
    CAMPAIGN,
    SEED,
    SERVICES,
    assert_same_study,
    begin,
    embedded,
    finish,
    on_servers,
    process,
    run,
    services,
)
from tests.e2e.scrapes import assert_they_say_what_the_database_says, ports_for
from tests.e2e.traces import assert_each_audit_is_one_trace
from tests.servers.collector import collecting
from tests.servers.front import Mode, in_front_of
from tests.servers.postgres import fresh_database, postgres, private_postgres
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq
from tests.servers.swift import S3Server, s3_server
from tests.servers.tap import tapped

__all__ = ["amqp_url", "embedded", "postgres", "private_rabbitmq", "s3_server", "services"]

SIZE = 40
OUTAGE_SECONDS = 10


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder = tmp_path_factory.mktemp("country")
    with synthetic_country(folder, size=SIZE, seed=SEED, showcase=False, clock=SystemClock()) as connection:
        yield connection


def test_four_processes_give_the_verdicts_and_statistics_of_the_embedded_run(
    services: dict[str, str], country: Connection, embedded: Path, tmp_path: Path
) -> None:
    out, ports = tmp_path / "out", ports_for(SERVICES)
    often = {"AUDIT_METRICS_INTERVAL": "1", "AUDIT_STATISTICS_INTERVAL": "1"}
    begin(services, country, out)
    with collecting() as collector:
        often |= {"AUDIT_TRACES_ENDPOINT": collector.endpoint}
        with ExitStack() as running:
            for service in SERVICES:
                settings = services | often | {"AUDIT_HEALTH_PORT": str(ports[service])}
                running.enter_context(process(service, settings, tmp_path))
            finish(services, out, tmp_path)
            assert_same_study(services, embedded, out)
            assert_they_say_what_the_database_says(ports, services, CAMPAIGN, out)
        # A process sends its last spans when it ends.
        assert_each_audit_is_one_trace(collector, SIZE)


def closed(ledger: SqlLedger) -> int:
    """Return how many audits are closed; the conservation equation holds at every look."""
    progress = ledger.progress(CAMPAIGN)
    assert progress.residue == 0
    assert progress.planned == SIZE
    return progress.closed


def wait_until(condition: Callable[[], bool], children: dict[str, "Popen[bytes]"], log: Path) -> None:
    deadline = time.monotonic() + 400
    while True:
        try:
            if condition():
                return
        except DatabaseUnavailable:
            pass
        ended = [name for name, child in children.items() if child.poll() is not None]
        logs = {path.name: path.read_text(errors="replace")[-2000:] for path in log.glob("*.log")}
        assert not ended, f"{ended}\n{logs}"
        assert time.monotonic() < deadline, logs
        time.sleep(0.2)


def purge(amqp_url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        for queue in queues.WORK_QUEUES:
            connection.channel().queue_purge(queue)


def queued(server: RabbitmqServer, url: str) -> dict[str, int]:
    """Return how many messages each queue between services holds, waiting or being worked on."""
    lines = server.control("list_queues", "-p", url.rpartition("/")[2], "name", "messages").splitlines()
    counts = dict(line.split("\t") for line in lines if line.startswith("audit."))
    return {queue: int(count) for queue, count in counts.items() if count != "0"}


def assert_one_current_verdict_set_each(engine: Engine, again: set[str]) -> None:
    """Every measured authority has the verdicts of its latest audit, complete and once."""
    with engine.connect() as connection:
        sets = connection.execute(select(VERDICT_SET.c.code, VERDICT_SET.c.sequence)).all()
        verdicts = Counter(connection.execute(select(VERDICT.c.code)).scalars())
    current = {audit.code: audit.sequence for audit in SqlLedger(engine).closed(CAMPAIGN)}
    assert {row.code: row.sequence for row in sets} == current
    assert {code for code, sequence in current.items() if sequence == 2} == again
    assert len(set(verdicts.values())) == 1


def test_whatever_dies_vanishes_or_comes_twice_changes_nothing(
    private_rabbitmq: RabbitmqServer, s3_server: S3Server, country: Connection, embedded: Path, tmp_path: Path
) -> None:
    out, amqp_url = tmp_path / "out", private_rabbitmq.new_virtual_host()
    with ExitStack() as around:
        postgres = around.enter_context(private_postgres())
        database = around.enter_context(fresh_database(postgres.url))
        store = around.enter_context(in_front_of(s3_server.endpoint))
        engine = open_database(database)
        around.callback(engine.dispose)
        ledger = SqlLedger(engine)
        environment = on_servers(country, database, amqp_url, s3_server, f"http://127.0.0.1:{store.port}")
        # What was in hand when it was lost is released again after twice this budget; meanwhile others go on.
        environment |= {"AUDIT_AUDIT_BUDGET": "10", "AUDIT_MAX_RELEASES": "30", "AUDIT_WINDOW": "12"}
        environment |= {"AUDIT_TICK_SECONDS": "0.2", "AUDIT_AMQP_MAX_RECONNECT_DELAY": "2"}
        held_back = frozenset({queues.AGGREGATE, queues.LEDGER})
        tap = around.enter_context(tapped(private_rabbitmq, amqp_url, held_back=held_back))
        begin(environment, country, out)
        children: dict[str, Popen[bytes]] = {}
        running = around.enter_context(ExitStack())
        for service in SERVICES:
            children[service] = running.enter_context(process(service, environment, tmp_path))

        def reach(count: int) -> None:
            wait_until(lambda: closed(ledger) >= count, children, tmp_path)

        for number, service in enumerate(SERVICES, start=1):
            reach(3 * number)
            children[service].kill()
            children[service].wait()
            children[service] = running.enter_context(process(service, environment, tmp_path))
        again = {audit.code for audit in ledger.closed(CAMPAIGN)[:3]}
        ledger.request(CAMPAIGN, [ledger.authority(CAMPAIGN, code) for code in again], SystemClock().now())
        reach(16)
        private_rabbitmq.stop()
        private_rabbitmq.start()
        tap.start()
        reach(21)
        purge(amqp_url)
        reach(25)
        postgres.stop()
        postgres.start()
        reach(30)
        store.turn(Mode.BUSY)
        time.sleep(OUTAGE_SECONDS)
        store.turn(Mode.OPEN)
        finish(environment, out, tmp_path)
        # What was published between the restart of the broker and the new start of the tap came once.
        assert tap.release_held() > SIZE
        wait_until(lambda: queued(private_rabbitmq, amqp_url) == {}, children, tmp_path)

        progress = ledger.progress(CAMPAIGN)
        assert (progress.planned, progress.residue, progress.waiting, progress.in_flight) == (SIZE, 0, 0, 0)
        assert_one_current_verdict_set_each(engine, again)
        assert_same_study(environment, embedded, out)
        dead = json.loads(run(environment, "dead-letters", "list", "--json"))
        assert {queue["queue"]: queue["letters"] for queue in dead["queues"] if queue["count"]} == {}
        assert store.refused
        assert tap.repeated > 3 * SIZE
