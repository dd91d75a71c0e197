"""A server that is away costs time and nothing else: work waits for it, and none is counted, lost or blamed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from dramatiq import Message as Envelope
from dramatiq import Worker

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.errors import AuditError, BadInput, DatabaseUnavailable, StoreUnavailable
from services.contracts.messages import AuditClosed, FetchSite
from services.contracts.reasons import Reason
from services.runtime import broker as kit
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.attempts import AttemptMarkers, Delivery
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.edge import declare_sync
from services.runtime.message_metrics import PROCESS, ServerName
from services.runtime.rabbitmq import AuditBroker, open_rabbitmq_broker
from services.runtime.servers import Server, Servers
from tests.measured import Measured
from tests.runtime.test_rabbitmq import wait_for
from tests.runtime.worker_site import fetch
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]


@pytest.fixture(autouse=True)
def _logs_are_not_rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kit, "MIN_BACKOFF_MS", 5)
    with structlog.testing.capture_logs():
        yield


class Store(FolderArtefactStore):
    """A store that can go away."""

    away: AuditError | None = None

    def probe(self) -> None:
        if self.away is not None:
            raise self.away

    def put_document(self, key: str, data: bytes) -> None:
        self.probe()
        super().put_document(key, data)


class Bench:
    """A worker of this process on one queue, whose handler is given by the test."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(folder)
        self.markers = AttemptMarkers(self.store)
        self.servers = Servers(Server(ServerName.STORE, self.store.probe), interval=0.1)
        assert self.servers.wait_for_all(lambda _: False)
        self.broker: AuditBroker = open_rabbitmq_broker(
            BrokerSettings(amqp_url=url), (queues.FETCH, queues.LEDGER), attempts=self.markers, servers=self.servers
        )
        for name in (queues.FETCH, queues.LEDGER):
            self.broker.declare_queue(name, ensure=True)
        self.publisher = BrokerPublisher(self.broker)
        self.calls = 0

    @contextmanager
    def working(self, handle: Callable[[int], None]) -> Iterator[None]:
        """Work on the queue while the block runs; the handler is told the number of the call, from 1."""

        def count(_message: FetchSite) -> None:
            self.calls += 1
            handle(self.calls)

        declare_sync(
            self.broker, queues.FETCH_SITE, queues.FETCH, FetchSite, count, forward=None, publisher=self.publisher
        )
        worker = Worker(self.broker, queues={queues.FETCH}, worker_threads=1, worker_timeout=50)
        worker.start()
        try:
            with self.servers.watched():
                yield
        finally:
            self.broker.draining.begin()
            worker.stop(timeout=5000)

    def publish(self) -> None:
        self.publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))

    def counts(self, queue: str = queues.FETCH) -> tuple[int, int, int]:
        ready, delayed, dead = self.broker.get_queue_message_counts(queue)
        return int(ready), int(delayed), int(dead)


@pytest.fixture
def bench(amqp_url: str, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(amqp_url, tmp_path)
    yield bench
    bench.broker.close()


@pytest.mark.parametrize("outage", [StoreUnavailable("away"), DatabaseUnavailable("away"), BadInput("key withdrawn")])
def test_work_cut_short_by_an_outage_is_done_once_it_is_over_and_nothing_is_counted(
    bench: Bench, outage: AuditError
) -> None:
    held = threading.Event()

    def handle(call: int) -> None:
        if call == 1:
            bench.store.away = outage
            held.set()
            raise outage

    bench.publish()
    measured = Measured(PROCESS)
    with bench.working(handle):
        assert held.wait(10)
        wait_for(lambda: not bench.servers.ready)
        assert measured.value("audit_server_ready", server="artefact_store") == 0
        # Three retries of 5 ms would be over long before the store is back.
        threading.Event().wait(1)
        assert bench.calls == 1
        bench.store.away = None
        wait_for(lambda: bench.calls == 2)
        assert measured.value("audit_server_ready", server="artefact_store") == 1
    assert bench.counts() == (0, 0, 0)
    assert bench.counts(queues.LEDGER) == (0, 0, 0)
    step = queues.FETCH_SITE
    assert measured.changes("audit_messages_total") == {("given_back", step): 1, ("ok", step): 1}
    assert measured.changes("audit_message_failures_total") == {}
    assert attempts(bench) == {1}


def attempts(bench: Bench) -> set[int]:
    """Return the attempt numbers that the markers hold."""
    audit = AuditId(campaign="c", code="33001")
    found = [item.key.rpartition("/")[2].removesuffix(".json.zst") for item in bench.store.list("attempts/")]
    return {bench.markers.count(Delivery(queues.FETCH_SITE, audit, message, redelivered=True)) for message in found}


def test_a_failure_while_every_server_answers_is_the_message_s_own(bench: Bench) -> None:
    def handle(_call: int) -> None:
        raise StoreUnavailable("this key only")

    bench.publish()
    with bench.working(handle):
        wait_for(lambda: bench.counts(queues.LEDGER)[0] == 1)
    assert bench.calls == 1 + kit.MAX_RETRIES
    _, _, body = bench.broker.channel.basic_get(queues.LEDGER, auto_ack=True)
    (argument,) = Envelope.decode(body).args
    assert AuditClosed.from_json(argument).unmeasured is Reason.STORE_UNAVAILABLE


def test_a_message_held_for_a_server_goes_back_when_the_process_stops(bench: Bench) -> None:
    bench.store.away = StoreUnavailable("away")
    with bench.working(lambda _call: None):
        wait_for(lambda: not bench.servers.ready)
        bench.publish()
        wait_for(lambda: bench.counts() == (0, 0, 0))
    assert bench.calls == 0
    assert bench.counts() == (1, 0, 0)


def test_a_process_waits_at_its_start_until_its_servers_answer() -> None:
    answers = [StoreUnavailable("no"), StoreUnavailable("no")]
    pauses: list[float] = []

    def check() -> None:
        if answers:
            raise answers.pop()

    def stopping(seconds: float) -> bool:
        pauses.append(seconds)
        assert not servers.ready
        return False

    servers = Servers(Server("store", check))
    assert not servers.ready
    assert servers.wait_for_all(stopping)
    assert servers.ready
    assert 0 < pauses[0] <= pauses[1] * 2


def test_a_process_that_is_told_to_stop_waits_no_longer() -> None:
    def check() -> None:
        raise StoreUnavailable("no")

    assert not Servers(Server("store", check)).wait_for_all(lambda _: True)


def test_settings_that_an_operator_has_to_mend_end_the_wait() -> None:
    def check() -> None:
        raise BadInput("AUDIT_STORE_URL: there is no bucket")

    with pytest.raises(BadInput, match="AUDIT_STORE_URL"):
        Servers(Server("store", check)).wait_for_all(lambda _: False)
