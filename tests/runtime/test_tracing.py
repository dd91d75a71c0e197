"""One trace an audit, through the services and RabbitMQ; none, and no library, where nobody asked for it."""

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from dramatiq import Worker
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.errors import BadInput, StoreUnavailable
from services.contracts.messages import AuditClosed, FetchSite, SiteAnalyzed, SiteCaptured
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.edge import declare_async, declare_sync, route
from services.runtime.rabbitmq import AuditBroker, open_rabbitmq_broker
from services.runtime.tracing import recording, span, traced
from tests.runtime.worker_site import fetch as order
from tests.servers.collector import collecting
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]


def fetch(code: str) -> FetchSite:
    return order(code, "ends well")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with recording(provider):
        yield exporter


class Services:
    """The four services' edges on one broker, with handlers that only pass on."""

    def __init__(self, broker: AuditBroker) -> None:
        publisher = BrokerPublisher(broker)
        self.closed: set[AuditId] = set()
        self.tries: dict[AuditId, int] = defaultdict(int)
        self.traces: dict[str, list[str]] = defaultdict(list)
        to_analyze = route(publisher, queues.ANALYZE, queues.ANALYZE_SITE)
        to_record = route(publisher, queues.AGGREGATE, queues.RECORD_VERDICTS)
        to_close = route(publisher, queues.LEDGER, queues.CLOSE_AUDIT)
        names = (queues.FETCH_SITE, queues.ANALYZE_SITE, queues.RECORD_VERDICTS, queues.CLOSE_AUDIT)
        one, two, three, four = names
        declare_async(broker, one, queues.FETCH, FetchSite, self.fetch, forward=to_analyze, publisher=publisher)
        declare_sync(broker, two, queues.ANALYZE, SiteCaptured, self.analyze, forward=to_record, publisher=publisher)
        declare_sync(broker, three, queues.AGGREGATE, SiteAnalyzed, self.record, forward=to_close, publisher=publisher)
        declare_sync(broker, four, queues.LEDGER, AuditClosed, self.close, forward=None, publisher=publisher)

    async def fetch(self, message: FetchSite) -> SiteCaptured:
        with span("render"):
            self._note(message.audit)
        self.tries[message.audit] += 1
        if message.audit.code == "10001" and self.tries[message.audit] == 1:
            raise StoreUnavailable("away for a moment")
        return SiteCaptured(audit=message.audit, manifest_key="m", bytes_stored=1)

    def analyze(self, message: SiteCaptured) -> SiteAnalyzed:
        self._note(message.audit)
        return SiteAnalyzed(audit=message.audit, verdicts_key="v", rule_set="r1")

    def record(self, message: SiteAnalyzed) -> AuditClosed:
        self._note(message.audit)
        return AuditClosed(audit=message.audit, rule_set="r1")

    def close(self, message: AuditClosed) -> None:
        self._note(message.audit)
        self.closed.add(message.audit)

    def _note(self, audit: AuditId) -> None:
        self.traces[str(audit)].append(structlog.contextvars.get_contextvars().get("trace", ""))


@contextmanager
def at_work(amqp_url: str) -> Iterator[tuple[Services, BrokerPublisher]]:
    broker = open_rabbitmq_broker(BrokerSettings(amqp_url=amqp_url), queues.WORK_QUEUES)
    found = Services(broker)
    worker = Worker(broker, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        yield found, BrokerPublisher(broker)
    finally:
        worker.stop(timeout=10_000)
        broker.close()


def run(amqp_url: str, codes: tuple[str, ...]) -> Services:
    messages = [fetch(code) for code in codes]
    with structlog.testing.capture_logs(), at_work(amqp_url) as (found, publisher):
        for message in messages:
            publisher.publish(queues.FETCH, queues.FETCH_SITE, message)
        deadline = time.monotonic() + 60
        while len(found.closed) < len(codes):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return found


def of(spans: InMemorySpanExporter, audit: AuditId) -> list[ReadableSpan]:
    """Return the spans of the trace that an audit's messages say they belong to, the oldest first."""
    finished = spans.get_finished_spans()
    (trace,) = {s.context.trace_id for s in finished if (s.attributes or {}).get("audit") == str(audit)}
    return sorted((s for s in finished if s.context.trace_id == trace), key=lambda s: s.start_time or 0)


def test_an_audit_is_one_trace_in_which_each_step_follows_from_the_one_before(
    spans: InMemorySpanExporter, amqp_url: str
) -> None:
    services = run(amqp_url, ("10001", "10002"))
    first, second = (of(spans, fetch(code).audit) for code in ("10001", "10002"))
    assert not {s.context.trace_id for s in first} & {s.context.trace_id for s in second}
    by_id = {s.context.span_id: s.name for s in second}
    parents = [(by_id[s.parent.span_id] if s.parent else None, s.name) for s in second]
    steps = (queues.FETCH_SITE, queues.ANALYZE_SITE, queues.RECORD_VERDICTS, queues.CLOSE_AUDIT)
    expected: list[tuple[str | None, str]] = []
    before = None
    for step in steps:
        expected += [(before, f"send {step}"), (f"send {step}", f"process {step}")]
        before = f"process {step}"
    expected.insert(2, ("process fetch_site", "render"))
    assert parents == expected
    kinds = {s.name.split()[0]: s.kind for s in second}
    assert kinds == {"send": SpanKind.PRODUCER, "process": SpanKind.CONSUMER, "render": SpanKind.INTERNAL}
    assert {trace for traces in services.traces.values() for trace in traces} == {
        f"{s.context.trace_id:032x}" for s in (*first, *second)
    }


def test_a_retry_is_a_further_span_beside_the_first_one(spans: InMemorySpanExporter, amqp_url: str) -> None:
    run(amqp_url, ("10001",))
    found = of(spans, fetch("10001").audit)
    tries = [s for s in found if s.name == "process fetch_site"]
    assert len({s.parent.span_id for s in tries if s.parent}) == 1
    seen = [((s.attributes or {})["attempt"], (s.attributes or {})["outcome"], s.status.description) for s in tries]
    assert seen == [("1", "retry", "store_unavailable"), ("2", "ok", None)]


def test_nothing_is_traced_unless_asked_for(amqp_url: str) -> None:
    with traced("fetcher"):
        assert run(amqp_url, ("10002",)).traces[str(fetch("10002").audit)] == [""] * 4
    code = "import sys, services.fetcher.__main__, services.scheduler.__main__; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_spans_go_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("AUDIT_TRACES_ENDPOINT", collector.endpoint)
        with traced("analyzer"), span("analyse", family="1"):
            pass
        (found,) = collector.spans
        assert (found.service, found.name, found.attributes, found.parent) == (
            "analyzer",
            "analyse",
            {"family": "1"},
            "",
        )
        monkeypatch.setenv("AUDIT_TRACES_RATIO", "0")
        with traced("analyzer"), span("analyse", family="1"):
            pass
        assert len(collector.spans) == 1


def test_an_operator_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_TRACES_ENDPOINT", "collector:4318")
    with pytest.raises(BadInput, match="AUDIT_TRACES_ENDPOINT"), traced("analyzer"):
        pass
    monkeypatch.setenv("AUDIT_TRACES_ENDPOINT", "http://collector:4318/v1/traces")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(BadInput, match="commune-audit\\[traces\\]"), traced("analyzer"):
        pass
