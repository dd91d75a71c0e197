"""A site that worked in an earlier campaign is tried again before its failure counts, on every ledger."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.database import utc
from services.runtime.tables import AUDIT
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import Order

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AFTER = tuple(timedelta(hours=hours) for hours in (6, 24, 72))
TOWN = Authority(
    code="33001", kind=Kind.COMMUNE, name="Ville", nature="COM", population=100, declared_url="http://www.ville.fr"
)


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    """A ledger on each kind of database, with a campaign in which the site worked and one that follows."""
    ledger = SqlLedger(engine)
    start(ledger, "before", NOON - timedelta(days=90))
    end(ledger, "before", NOON - timedelta(days=89), works=True)
    start(ledger, "now", NOON)
    return ledger


def start(ledger: SqlLedger, name: str, at: datetime, *authorities: Authority) -> None:
    campaign = Campaign(name=name, created_at=at, frame="test", seed=1)
    ledger.create(campaign, plan(campaign, authorities or (TOWN,)))


def end(
    ledger: SqlLedger, campaign: str, at: datetime, *, works: bool | None = None, unmeasured: Reason | None = None
) -> AuditId:
    """Release what is due of a campaign and close it."""
    [released] = ledger.release(campaign, 1, at)
    assert ledger.close(released.audit, unmeasured, at, works=works, confirm_after=AFTER)
    return released.audit


def due(engine: Engine, campaign: str = "now") -> datetime | None:
    """Return when the authority's latest audit may be released."""
    query = select(AUDIT.c.due_at).where(AUDIT.c.campaign == campaign).order_by(AUDIT.c.sequence.desc()).limit(1)
    with engine.connect() as connection:
        return utc(connection.scalar(query))


def test_a_site_that_stays_dead_is_visited_four_times_at_the_hours_after_its_first_failure(
    ledger: SqlLedger, engine: Engine
) -> None:
    failed = NOON + timedelta(minutes=10)
    end(ledger, "now", failed, works=False)
    for number, wait in enumerate(AFTER, start=1):
        assert due(engine) == ledger.idle_until("now", failed) == failed + wait
        progress = ledger.progress("now")
        assert (progress.planned, progress.waiting, progress.confirming, progress.residue) == (1, 1, 1, 0)
        assert ledger.release("now", 1, failed + wait - timedelta(seconds=1)) == []
        late = failed + wait + timedelta(minutes=number)
        assert end(ledger, "now", late, works=False) == AuditId(campaign="now", code="33001", sequence=number + 1)
    progress = ledger.progress("now")
    assert (progress.finished, progress.measured, progress.confirming) == (True, 1, 0)
    assert ledger.idle_until("now", failed) is None


def test_as_soon_as_the_site_works_it_is_left_alone(ledger: SqlLedger) -> None:
    end(ledger, "now", NOON, unmeasured=Reason.TIMEOUT)
    end(ledger, "now", NOON + timedelta(hours=7), works=True)
    assert ledger.progress("now").finished
    assert ledger.progress("now").unmeasured == {}


@pytest.mark.parametrize(
    ("works", "unmeasured"),
    [(True, None), (None, None), (None, Reason.STUCK), (None, Reason.INTERNAL), (None, Reason.NETWORK_FAILURE)],
)
def test_what_is_no_failure_of_the_site_is_not_confirmed(
    ledger: SqlLedger, works: bool | None, unmeasured: Reason | None
) -> None:
    end(ledger, "now", NOON, works=works, unmeasured=unmeasured)
    assert ledger.progress("now").finished


def test_only_the_newest_earlier_campaign_that_saw_the_site_says_whether_it_worked(ledger: SqlLedger) -> None:
    start(ledger, "later", NOON + timedelta(days=1))
    end(ledger, "later", NOON + timedelta(days=1), unmeasured=Reason.STUCK)
    start(ledger, "latest", NOON + timedelta(days=2))
    end(ledger, "now", NOON + timedelta(days=2), works=True)
    end(ledger, "latest", NOON + timedelta(days=2), works=False)
    assert ledger.progress("latest").confirming == 1
    start(ledger, "last", NOON + timedelta(days=3))
    end(ledger, "last", NOON + timedelta(days=3), works=False)
    assert ledger.progress("last").finished


def test_a_site_seen_for_the_first_time_is_believed_at_once(ledger: SqlLedger) -> None:
    start(ledger, "first", NOON - timedelta(days=200))
    end(ledger, "first", NOON, works=False)
    assert ledger.progress("first").finished


def test_an_authority_that_declares_no_site_any_more_has_not_failed(ledger: SqlLedger) -> None:
    start(ledger, "moved", NOON + timedelta(days=1), TOWN.model_copy(update={"declared_url": None}))
    end(ledger, "moved", NOON + timedelta(days=1), works=False)
    assert ledger.progress("moved").finished


def test_a_second_or_late_close_plans_nothing_more(ledger: SqlLedger) -> None:
    first = end(ledger, "now", NOON, works=False)
    for works in (False, True):
        assert not ledger.close(first, None, NOON + timedelta(hours=1), works=works, confirm_after=AFTER)
    assert ledger.latest("now", "33001") == first.model_copy(update={"sequence": 2})
    assert ledger.progress("now").confirming == 1


def test_a_confirmation_that_gets_stuck_is_followed_by_the_next(ledger: SqlLedger, engine: Engine) -> None:
    end(ledger, "now", NOON, works=False)
    later = NOON + timedelta(hours=7)
    ledger.release("now", 1, later)
    stale = {"stale_before": later + timedelta(seconds=1), "at": later, "max_releases": 1}
    assert ledger.reconcile("now", **stale, confirm_after=AFTER) == (0, 1)
    assert due(engine) == NOON + AFTER[1]
    assert ledger.progress("now").confirming == 1


def test_closing_the_campaign_ends_the_wait_and_the_failure_does_not_count(ledger: SqlLedger) -> None:
    end(ledger, "now", NOON, works=False)
    ledger.order("now", Order.CLOSE, NOON + timedelta(hours=1))
    assert ledger.progress("now").unmeasured == {"campaign_closed": 1}


def test_an_audit_in_hand_that_fails_after_its_campaign_was_closed_does_not_count_either(ledger: SqlLedger) -> None:
    [released] = ledger.release("now", 1, NOON)
    ledger.order("now", Order.CLOSE, NOON)
    ledger.close(released.audit, None, NOON + timedelta(minutes=5), works=False, confirm_after=AFTER)
    progress = ledger.progress("now")
    assert (progress.finished, progress.unmeasured, progress.residue) == (True, {"campaign_closed": 1}, 0)


def test_a_paused_campaign_keeps_its_confirmations_waiting(ledger: SqlLedger) -> None:
    end(ledger, "now", NOON, works=False)
    later = NOON + timedelta(hours=7)
    assert ledger.release("now", 1, later, least_priority=Priority.ON_DEMAND) == []
    assert len(ledger.release("now", 1, later)) == 1


def test_a_request_does_not_wait_for_the_confirmation_to_fall_due(ledger: SqlLedger) -> None:
    end(ledger, "now", NOON, works=False)
    [asked] = ledger.request("now", [TOWN], NOON)
    assert asked.sequence == 2
    assert [row.audit for row in ledger.release("now", 1, NOON)] == [asked]


def test_a_re_audit_of_a_site_whose_death_was_confirmed_is_believed_at_once(ledger: SqlLedger) -> None:
    for hours in (0, 6, 24, 72):
        end(ledger, "now", NOON + timedelta(hours=hours), works=False)
    ledger.request("now", [TOWN], NOON + timedelta(hours=80))
    end(ledger, "now", NOON + timedelta(hours=80), works=False)
    assert ledger.progress("now").finished


def test_failures_and_requests_at_the_same_time_leave_one_open_audit_of_each_authority(engine: Engine) -> None:
    ledger = SqlLedger(engine)
    towns = [TOWN.model_copy(update={"code": f"33{n:03}", "declared_url": f"http://v{n}.fr"}) for n in range(1, 31)]
    for name, days in (("before", 1), ("now", 2)):
        start(ledger, name, NOON + timedelta(days=days), *towns)
    for row in ledger.release("before", 30, NOON):
        ledger.close(row.audit, None, NOON, works=True)
    released, together = ledger.release("now", 30, NOON), threading.Barrier(4)

    def work(number: int) -> None:
        together.wait(10)
        for row in released:
            if number % 2:
                ledger.close(row.audit, None, NOON, works=False, confirm_after=AFTER)
            else:
                ledger.request("now", [row.authority], NOON)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    progress = ledger.progress("now")
    assert (progress.planned, progress.waiting, progress.residue) == (30, 30, 0)
    assert {latest.sequence for t in towns if (latest := ledger.latest("now", t.code))} == {2}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(["works", "dead", "blocked", "stuck", "twice", "request", "give_back", "reconcile", "close"]),
        max_size=12,
    )
)
def test_conservation_holds_and_visits_are_bounded_whatever_happens(engine: Engine, steps: list[str]) -> None:
    ledger = SqlLedger(engine)
    names = [f"c{len(ledger.campaigns())}", f"d{len(ledger.campaigns())}"]
    for name in names:
        start(ledger, name, NOON + timedelta(days=len(ledger.campaigns())))
    now, asked = NOON + timedelta(days=999), 0
    end(ledger, names[0], now, works=True)
    for step in steps:
        now += timedelta(hours=30)
        released = ledger.release(names[1], 1, now)
        if step == "request":
            ledger.request(names[1], [TOWN], now)
            asked += 1
        elif step == "close":
            ledger.order(names[1], Order.CLOSE, now)
        elif step == "give_back":
            ledger.give_back(names[1], now)
        elif step == "reconcile":
            ledger.reconcile(names[1], stale_before=now + timedelta(days=1), max_releases=3, at=now)
        for row in released if step in ("works", "dead", "blocked", "stuck", "twice") else ():
            reason = {"blocked": Reason.BLOCKED, "stuck": Reason.STUCK}.get(step)
            works = {"works": True, "dead": False, "twice": False}.get(step)
            for _ in range(2 if step == "twice" else 1):
                ledger.close(row.audit, reason, now, works=works, confirm_after=AFTER)
        ledger.give_back(names[1], now)
        progress = ledger.progress(names[1])
        assert (progress.planned, progress.residue) == (1, 0)
        latest = ledger.latest(names[1], "33001")
        assert latest is not None
        assert latest.sequence <= (1 + asked) * (1 + len(AFTER))
