"""What four processes traced of a campaign, as a collector of an operator has it."""

from collections import defaultdict

from tests.servers.collector import CollectedSpan, Collector

_SAID = {"audit", "authority", "queue", "attempt", "requests", "outcome", "family", "page_class", "mode"}
"""What spans say; nothing of it comes from a page."""


def assert_each_audit_is_one_trace(collector: Collector, audits: int) -> None:
    """Every audit is one trace through the four services, and every span of it has its parent there."""
    traces: dict[str, list[CollectedSpan]] = defaultdict(list)
    for span in collector.spans:
        traces[span.trace].append(span)
        assert set(span.attributes) <= _SAID
    assert len(traces) == audits
    assert len({_audit(spans) for spans in traces.values()}) == audits
    visited = 0
    for spans in traces.values():
        known = {span.id for span in spans}
        assert [span.name for span in spans if span.parent not in known] == ["send fetch_site"]
        services = {(span.service, span.name) for span in spans}
        assert services >= {
            ("scheduler", "send fetch_site"),
            ("fetcher", "process fetch_site"),
            ("fetcher", "store"),
            ("analyzer", "analyse"),
            ("aggregator", "aggregate"),
            ("scheduler", "process close_audit"),
        }
        names = {span.id: span.name for span in spans}
        assert {names[span.parent] for span in spans if span.name == "analyse"} == {"process analyze_site"}
        assert {names[span.parent] for span in spans if span.name == "aggregate"} == {"process record_verdicts"}
        pages = [span for span in spans if span.name == "page"]
        assert {names[span.parent] for span in pages} <= {"render", "pages"}
        visited += bool(pages)
    assert visited > audits / 2


def _audit(spans: list[CollectedSpan]) -> str:
    (audit,) = {span.attributes["audit"] for span in spans if "audit" in span.attributes}
    return audit
