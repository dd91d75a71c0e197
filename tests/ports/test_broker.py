"""What every broker does, through the edge that all services share."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from dramatiq import Broker, MessageProxy, Worker
from dramatiq import Message as Envelope
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import CurrentMessage

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput, BrowserUnavailable
from services.contracts.messages import AuditClosed, FetchSite, SiteCaptured
from services.contracts.reasons import Reason
from services.runtime import broker as broker_module
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher, LoopResources, open_embedded_broker
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import FixedClock
from services.runtime.edge import declare_async, declare_sync, route
from services.runtime.message_marks import DUE
from services.runtime.message_measures import MessageMeasures
from services.runtime.message_metrics import PROCESS
from services.runtime.rabbitmq import open_rabbitmq_broker
from tests.measured import Measured
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]

QUEUES = (queues.FETCH, queues.ANALYZE, queues.AGGREGATE, queues.LEDGER)


def fetch(code: str = "33001") -> FetchSite:
    authority = Authority(code=code, kind=Kind.COMMUNE, name="Ville", nature="COM")
    return FetchSite(audit=AuditId(campaign="c", code=code), authority=authority)


@pytest.fixture(autouse=True)
def _logs_are_not_rendered() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


@pytest.fixture(params=["embedded", "rabbitmq"])
def broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Broker]:
    monkeypatch.setattr(broker_module, "MIN_BACKOFF_MS", 10)
    broker: Broker
    if request.param == "embedded":
        broker = open_embedded_broker(QUEUES)
    else:
        settings = BrokerSettings(amqp_url=request.getfixturevalue("amqp_url"))
        broker = open_rabbitmq_broker(settings, QUEUES, attempts=AttemptMarkers(FolderArtefactStore(tmp_path)))
    yield broker
    broker.close()


@contextmanager
def working(broker: Broker) -> Iterator[None]:
    worker = Worker(broker, worker_threads=3, worker_timeout=50)
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5000)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def closing(broker: Broker, publisher: BrokerPublisher) -> list[AuditClosed]:
    closed: list[AuditClosed] = []
    declare_sync(
        broker,
        queues.CLOSE_AUDIT,
        queues.LEDGER,
        AuditClosed,
        closed.append,
        forward=None,
        publisher=publisher,
    )
    return closed


def test_a_message_goes_through_an_async_and_a_sync_service(broker: Broker) -> None:
    publisher = BrokerPublisher(broker)
    closed = closing(broker, publisher)

    async def capture(message: FetchSite) -> SiteCaptured:
        await asyncio.sleep(0)
        return SiteCaptured(audit=message.audit, manifest_key="k")

    def analyze(message: SiteCaptured) -> AuditClosed:
        return AuditClosed(audit=message.audit, rule_set="r1-0")

    declare_async(
        broker,
        queues.FETCH_SITE,
        queues.FETCH,
        FetchSite,
        capture,
        forward=route(publisher, queues.ANALYZE, queues.ANALYZE_SITE),
        publisher=publisher,
    )
    declare_sync(
        broker,
        queues.ANALYZE_SITE,
        queues.ANALYZE,
        SiteCaptured,
        analyze,
        forward=route(publisher, queues.LEDGER, queues.CLOSE_AUDIT),
        publisher=publisher,
    )
    with working(broker):
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch())
        wait_for(lambda: len(closed) == 1)
    assert closed == [AuditClosed(audit=fetch().audit, rule_set="r1-0")]


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (BrowserUnavailable(), 4, Reason.BROWSER_CRASH),
        (BadInput("no"), 1, Reason.BAD_INPUT),
        (ZeroDivisionError(), 4, Reason.INTERNAL),
    ],
)
def test_a_failure_is_tried_again_if_that_can_help_then_closes_the_audit_with_its_reason(
    broker: Broker, error: Exception, attempts: int, reason: Reason
) -> None:
    publisher = BrokerPublisher(broker)
    closed, measured = closing(broker, publisher), Measured(PROCESS)
    seen: list[str] = []

    async def fail(message: FetchSite) -> SiteCaptured:
        seen.append(message.audit.code)
        raise error

    declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, fail, forward=None, publisher=publisher)
    with working(broker):
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch())
        wait_for(lambda: len(closed) == 1)
    assert len(seen) == attempts
    assert closed[0].unmeasured is reason
    ended = {("dead", queues.FETCH_SITE): 1, ("ok", queues.CLOSE_AUDIT): 1}
    tried_again = {("retry", queues.FETCH_SITE): attempts - 1} if attempts > 1 else {}
    assert measured.changes("audit_messages_total") == ended | tried_again
    assert measured.changes("audit_message_failures_total") == {(reason, queues.FETCH_SITE): attempts}
    assert measured.change("audit_message_wait_seconds_count", step=queues.FETCH_SITE, priority="campaign") == attempts
    assert measured.change("audit_publications_total", result="ok") == 2
    assert measured.value("audit_messages_in_progress", step=queues.FETCH_SITE) == 0


def test_a_retry_waits_from_the_time_it_was_due(broker: Broker) -> None:
    publisher, tries = BrokerPublisher(broker), list[MessageProxy]()

    def fail_once(_: FetchSite) -> None:
        tries.append(CurrentMessage.get_current_message())
        if len(tries) == 1:
            raise BrowserUnavailable

    declare_sync(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, fail_once, forward=None, publisher=publisher)
    with working(broker):
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch())
        wait_for(lambda: len(tries) == 2)
    first, second = tries
    assert DUE not in first.options
    assert second.options[DUE] > first.message_timestamp == second.message_timestamp


def test_the_wait_is_from_the_publication_or_from_the_due_time() -> None:
    now = 1_800_000_000_000
    measures = MessageMeasures(FixedClock(datetime.fromtimestamp(now / 1000, UTC)))
    for options, seconds in (({}, 3600), ({"eta": now - 20_000, "broker_priority": 2}, 20)):
        envelope = Envelope(
            queue_name=queues.FETCH,
            actor_name=queues.FETCH_SITE,
            args=(),
            kwargs={},
            options=dict(options),
            message_timestamp=now - 3_600_000,
        )
        message, measured, broker = MessageProxy(envelope), Measured(PROCESS), StubBroker(middleware=[])
        if options:
            measures.before_delay_message(broker, message)
        measures.before_process_message(broker, message)
        priority = "on_demand" if options else "campaign"
        labels = {"step": queues.FETCH_SITE, "priority": priority}
        assert measured.change("audit_message_wait_seconds_sum", **labels) == pytest.approx(seconds)
        assert measured.value("audit_messages_in_progress", step=queues.FETCH_SITE) == 1
        measures.after_process_message(broker, message)
        assert measured.value("audit_messages_in_progress", step=queues.FETCH_SITE) == 0


def test_the_audit_is_bound_on_the_log_lines_of_a_handler(broker: Broker) -> None:
    publisher = BrokerPublisher(broker)
    bound: list[dict[str, object]] = []

    async def look(message: FetchSite) -> None:
        bound.append({**structlog.contextvars.get_contextvars(), "code": message.audit.code})

    declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, look, forward=None, publisher=publisher)
    with working(broker):
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33002"))
        wait_for(lambda: len(bound) == 1)
    assert bound[0]["audit"] == "c/33002/1"
    assert bound[0]["authority"] == "33002"


def test_the_requests_that_an_audit_answers_are_on_the_line_of_every_step(broker: Broker) -> None:
    publisher, done = BrokerPublisher(broker), threading.Event()

    async def capture(message: FetchSite) -> SiteCaptured:
        return SiteCaptured(audit=message.audit, manifest_key="k", bytes_stored=12)

    def analyze(_: SiteCaptured) -> None:
        done.set()

    onwards = route(publisher, queues.ANALYZE, queues.ANALYZE_SITE)
    declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, capture, forward=onwards, publisher=publisher)
    declare_sync(broker, queues.ANALYZE_SITE, queues.ANALYZE, SiteCaptured, analyze, forward=None, publisher=publisher)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines, working(broker):
        command = fetch("33002").model_copy(update={"requests": ("gironde-17", "gironde-18")})
        publisher.publish(queues.FETCH, queues.FETCH_SITE, command)
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33003"))
        wait_for(lambda: sum(line["event"] == "message handled" for line in lines) == 4)
        handled = [line for line in lines if line["event"] == "message handled"]
    assert done.is_set()
    followed = {(line["step"], line["authority"]): line.get("requests") for line in handled}
    both = ["gironde-17", "gironde-18"]
    assert followed == {
        (queues.FETCH_SITE, "33002"): both,
        (queues.ANALYZE_SITE, "33002"): both,
        (queues.FETCH_SITE, "33003"): None,
        (queues.ANALYZE_SITE, "33003"): None,
    }
    assert {line["bytes"] for line in handled if line["step"] == queues.FETCH_SITE} == {12}
    assert all(line["attempt"] == 1 and line["waited"] >= 0 and line["seconds"] >= 0 for line in handled)


class Resource:
    """Records on which thread it was opened and closed."""

    def __init__(self) -> None:
        self.opened: threading.Thread | None = None
        self.closed: threading.Thread | None = None

    async def __aenter__(self) -> None:
        self.opened = threading.current_thread()

    async def __aexit__(self, *_: object) -> None:
        self.closed = threading.current_thread()


def test_resources_live_on_the_event_loop_of_the_actors() -> None:
    resource = Resource()
    broker = open_embedded_broker(QUEUES, resources=LoopResources(resource))
    with working(broker):
        assert resource.opened is not None
        assert resource.opened is not threading.main_thread()
        assert resource.opened.daemon
    assert resource.closed is resource.opened
    broker.close()


def test_a_resource_that_does_not_open_is_told_to_who_started_the_worker() -> None:
    class Broken(Resource):
        async def __aenter__(self) -> None:
            raise BrowserUnavailable("no browser")

    resources = LoopResources(Broken())
    broker = open_embedded_broker(QUEUES, resources=resources)
    with working(broker):
        assert isinstance(resources.failure, BrowserUnavailable)
    broker.close()
