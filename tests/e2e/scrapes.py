"""What processes say of themselves over HTTP, against what the database and the published study say."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from services.aggregator.domain.headlines import baseline
from services.analyzer.rules import current_rule_set
from services.contracts.messages import Priority
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.message_metrics import STEPS
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.conservation import Progress
from tests.measured import Series, series
from tests.servers.ports import free_port

MOST_SERIES = 5_000


class Scrape:
    """The series of one look at one process."""

    def __init__(self, text: str) -> None:
        self.series: dict[Series, float] = series(text)

    def value(self, name: str, **labels: str) -> float:
        return self.series[name, frozenset(labels.items())]

    def total(self, name: str) -> float:
        """Return the sum over all label values."""
        return sum(value for (found, _), value in self.series.items() if found == name)


def ports_for(services: tuple[str, ...]) -> dict[str, int]:
    return {service: free_port() for service in services}


def scrape(port: int) -> Scrape:
    return Scrape(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text)


@contextmanager
def watched(port: int, kept: Path) -> Iterator[None]:
    """Look at a process now and then while the block runs; the last look is kept in a file."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            try:
                kept.write_text(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text, encoding="utf-8")
            except httpx.TransportError:
                continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def assert_they_say_what_the_database_says(
    ports: dict[str, int], settings: dict[str, str], campaign: str, out: Path
) -> None:
    """Compare a finished, published campaign with what each of the four services measured."""
    engine = open_database(DatabaseSettings.model_validate({"database_url": settings["AUDIT_DATABASE_URL"]}))
    progress = SqlLedger(engine).progress(campaign)
    engine.dispose()
    seen = _settled(ports)
    for service, found in seen.items():
        assert len(found.series) < MOST_SERIES
        assert found.value("audit_ready") == 1, service
        assert found.total("audit_messages_in_progress") == 0
        assert found.value("audit_worker_slots") == int(settings["AUDIT_WORKER_THREADS"])
    _assert_messages(seen, progress.planned)
    _assert_ledger(seen["scheduler"], progress)
    _assert_visits(seen["fetcher"], progress)
    verdicts = seen["analyzer"].total("audit_verdicts_total")
    assert verdicts == progress.planned * len(current_rule_set().indicators)
    assert seen["aggregator"].value("audit_verdict_sets_total", outcome="current") == progress.planned
    _assert_country(seen["aggregator"], out)


def _settled(ports: dict[str, int]) -> dict[str, Scrape]:
    """Return a look at each process, taken when every gauge is of a later moment than this call."""
    called, deadline = SystemClock().now().timestamp(), time.monotonic() + 60
    while True:
        seen = {service: scrape(port) for service, port in ports.items()}
        ledger = seen["scheduler"].value("audit_last_success_timestamp_seconds", job_name="ledger_gauges")
        country = seen["aggregator"].value("audit_statistics_timestamp_seconds")
        at_rest = not any(found.total("audit_messages_in_progress") for found in seen.values())
        # One more interval: the look that ended last may have begun before.
        if min(ledger, country) > called + 2 and at_rest:
            return seen
        assert time.monotonic() < deadline, "the gauges do not follow"
        time.sleep(0.2)


def _assert_messages(seen: dict[str, Scrape], audits: int) -> None:
    steps = zip(("fetcher", "analyzer", "aggregator", "scheduler"), STEPS, strict=True)
    for service, step in steps:
        assert seen[service].value("audit_messages_total", step=step, outcome="ok") >= audits
        assert seen[service].value("audit_messages_total", step=step, outcome="dead") == 0
        waits = "audit_message_wait_seconds_count"
        assert seen[service].value(waits, step=step, priority=Priority.CAMPAIGN.name.lower()) >= audits
    for service in ("fetcher", "analyzer", "aggregator"):
        assert seen[service].value("audit_artefact_operations_total", operation="get", result="ok") > 0
        assert seen[service].value("audit_artefact_operations_total", operation="get", result="failed") == 0


def _assert_ledger(found: Scrape, progress: Progress) -> None:
    assert found.value("audit_planned_audits") == progress.planned
    assert found.value("audit_conservation_residue") == progress.residue == 0
    assert found.value("audit_audits", standing="measured") == progress.measured
    assert found.value("audit_closed_total", standing="measured") == progress.measured
    for reason, audits in progress.unmeasured.items():
        assert found.value("audit_unmeasured_audits", reason=reason) == audits
    assert found.total("audit_released_total") >= progress.planned
    assert found.total("audit_outbox_audits") == 0


def _assert_visits(found: Scrape, progress: Progress) -> None:
    visits = found.total("audit_sites_total")
    assert 0 < visits <= progress.planned
    assert found.value("audit_sites_total", outcome="failed") == 0
    assert found.total("audit_site_failures_total") == found.value("audit_sites_total", outcome="silent")
    assert found.total("audit_pages_total") > visits
    assert found.value("audit_browser_starts_total", why="first") == 1
    assert found.value("audit_browser_memory_bytes") > 0
    assert found.value("audit_site_bytes_total") > 0


def _assert_country(found: Scrape, out: Path) -> None:
    """Compare every headline with the published statistics, in every scope that both have."""
    rows = {
        (row["indicator"], row["scope"]): row
        for row in json.loads((out / "statistics.json").read_text(encoding="utf-8"))["rows"]
    }
    compared = 0
    for tile in baseline().tile:
        row = rows.get((tile.indicator, tile.scope))
        if row is None or not row["measured"]:
            continue
        where = {"headline": tile.id, "scope": tile.scope}
        assert found.value("audit_national_measured_authorities", **where) == row["measured"]
        share = sum(row[state] for state in tile.states) / row["measured"]
        assert found.value("audit_national_share_ratio", **where) == share
        judged = row["measured"] + row["undetermined"]
        assert found.value("audit_national_undetermined_ratio", **where) == row["undetermined"] / judged
        compared += 1
    assert compared >= 5
    assert found.value("audit_publication_condition", condition="conservation") == 1
