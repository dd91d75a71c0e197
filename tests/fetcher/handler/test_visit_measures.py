"""A visit is counted by how it ends, what it costs and what its pages were."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.contracts.capture import Manifest
from services.contracts.errors import BrowserUnavailable
from services.contracts.failures import FailureKind, reason_of
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.adapters.gate import PressureGate
from services.fetcher.domain.admission import Pressure
from services.fetcher.domain.silence import silence
from services.fetcher.handlers import AdmittedHandler, FetchSiteHandler
from services.fetcher.metrics import FETCHER
from services.runtime.clock import FixedClock
from tests.fetcher.handler.fakes import AT, Capture, FakeSite, command
from tests.fetcher.handler.test_fetch_site import ROOT, ordinary
from tests.measured import Measured


async def test_an_ordinary_site_is_one_visit_with_its_pages(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    measured = Measured(FETCHER)
    manifest = await capture()
    assert measured.changes("audit_sites_total") == {("captured",): 1}
    assert measured.changes("audit_site_failures_total") == {}
    failed = sum(not page.readable for page in manifest.pages)
    read = measured.changes("audit_pages_total")
    assert {mode: n for (mode, result), n in read.items() if result == "ok"} == {"desktop": 1, "mobile": 3, "http": 3}
    assert sum(read.values()) == len(manifest.pages)
    assert read.get(("http", "failed"), 0) == failed
    for stage in ("probe", "render", "pages", "store"):
        assert measured.change("audit_site_stage_seconds_count", stage=stage) == 1
    assert measured.change("audit_site_duration_seconds_count", outcome="captured") == 1


async def test_a_second_delivery_and_an_authority_without_a_site_are_no_visits(
    site: FakeSite, handler: FetchSiteHandler
) -> None:
    ordinary(site)
    await handler(command(ROOT))
    measured = Measured(FETCHER)
    await handler(command(ROOT))
    await handler(
        command(None, attempt=2).model_copy(update={"audit": command(None).audit.model_copy(update={"sequence": 2})})
    )
    assert measured.changes("audit_sites_total") == {}


def dead(site: FakeSite) -> None:
    site.dns = {"www.colombe.fr": DnsStatus.NXDOMAIN, "colombe.fr": DnsStatus.NXDOMAIN}


def nameless(site: FakeSite) -> None:
    site.dns = {"www.colombe.fr": DnsStatus.FAILURE, "colombe.fr": DnsStatus.FAILURE}


def closed(site: FakeSite) -> None:
    ordinary(site)
    site.answers["http://www.colombe.fr/robots.txt"] = "User-agent: *\nDisallow: /"


def broken(site: FakeSite) -> None:
    ordinary(site)
    site.crashes = 1000


@pytest.mark.parametrize(
    ("prepare", "kind"),
    [
        (dead, FailureKind.DNS_ABSENT),
        (nameless, FailureKind.DNS_FAILURE),
        (closed, FailureKind.ROBOTS),
        (broken, FailureKind.CRASH),
    ],
)
async def test_a_silent_site_is_counted_with_the_kind_of_its_failure(
    site: FakeSite, capture: Capture, prepare: Callable[[FakeSite], None], kind: FailureKind
) -> None:
    prepare(site)
    measured = Measured(FETCHER)
    await capture(attempt=3)
    assert measured.changes("audit_sites_total") == {("silent",): 1}
    assert measured.changes("audit_site_failures_total") == {(kind,): 1}


async def test_a_visit_that_has_to_be_made_again_failed(site: FakeSite, capture: Capture) -> None:
    broken(site)
    measured = Measured(FETCHER)
    with pytest.raises(BrowserUnavailable):
        await capture()
    assert measured.changes("audit_sites_total") == {("failed",): 1}
    assert measured.changes("audit_pages_total") == {("desktop", "failed"): 2}


@pytest.mark.parametrize("reason", sorted({reason_of(kind) for kind in FailureKind} - {Reason.INTERNAL}))
def test_every_reason_has_a_kind(reason: Reason) -> None:
    manifest = Manifest(
        audit=command(None).audit,
        authority=command(None).authority,
        started_at=AT,
        finished_at=AT,
        user_agent="test",
        fetcher_version="0",
        normalised_url="http://www.colombe.fr/",
        page_plan="p1",
        failure=reason,
    )
    kind = silence(manifest)
    assert kind is not None
    assert reason_of(kind) is reason


async def test_a_re_audit_says_how_long_it_waited_for_its_visit(handler: FetchSiteHandler) -> None:
    gate = PressureGate(reserve=0, longest_wait=1, look=Pressure)
    admitted, measured = AdmittedHandler(handler, gate, FixedClock(AT)), Measured(FETCHER)
    await admitted(command(None).model_copy(update={"asked_at": AT - timedelta(seconds=7)}))
    await admitted(command(None))
    assert measured.change("audit_request_start_seconds_count") == 1
    assert measured.change("audit_request_start_seconds_sum") == 7
    assert measured.change("audit_admission_wait_seconds_count") == 2
    assert measured.value("audit_visits_in_progress") == 0
