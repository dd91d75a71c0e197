"""What every ledger does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind, Zone
from services.contracts.errors import BadInput
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState, Order

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def commune(number: int, *, url: str | None = None, zone: Zone = Zone.METRO) -> Authority:
    return Authority(
        code=f"33{number:03}",
        kind=Kind.COMMUNE,
        name=f"Ville {number}",
        nature="COM",
        population=100 * number,
        declared_url=url,
        zone=zone,
    )


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    return SqlLedger(engine)


def start(ledger: SqlLedger, *authorities: Authority, name: str = "c") -> None:
    campaign = Campaign(name=name, created_at=NOON, frame="test", seed=1)
    ledger.create(campaign, plan(campaign, authorities))


def test_a_campaign_reads_back(ledger: SqlLedger) -> None:
    start(ledger, commune(1))
    assert ledger.campaign("c") == Campaign(name="c", created_at=NOON, frame="test", seed=1)
    assert ledger.campaign("other") is None
    assert ledger.authority("c", "33001") == commune(1)


def test_the_campaigns_with_work_left_and_the_work_in_hand_are_those_of_the_whole_ledger(ledger: SqlLedger) -> None:
    for name in ("a", "b", "c"):
        start(ledger, commune(1), commune(2), name=name)
    for name, count in (("a", 2), ("b", 2), ("c", 1)):
        for row in ledger.release(name, count, NOON):
            if name == "a":
                ledger.close(row.audit, Reason.BLOCKED, NOON)
    assert ledger.unfinished() == {"b", "c"}
    assert ledger.in_flight(Priority.CAMPAIGN) == 3


def test_a_campaign_name_serves_once(ledger: SqlLedger) -> None:
    start(ledger, commune(1))
    with pytest.raises(BadInput, match="exists already"):
        start(ledger, commune(2))


def test_the_window_bounds_what_is_released(ledger: SqlLedger) -> None:
    start(ledger, *(commune(n) for n in range(1, 11)))
    assert len(ledger.release("c", 3, NOON)) == 3
    assert ledger.release("c", 0, NOON) == []
    assert len(ledger.release("c", 100, NOON)) == 7
    assert ledger.release("c", 100, NOON) == []


def test_two_sites_of_one_host_group_are_never_out_together(ledger: SqlLedger) -> None:
    start(ledger, *(commune(n, url=f"http://mairie{n}.free.fr") for n in range(1, 4)))
    first = ledger.release("c", 10, NOON)
    assert len(first) == 1
    assert ledger.release("c", 10, NOON) == []
    ledger.close(first[0].audit, None, NOON)
    assert len(ledger.release("c", 10, NOON)) == 1


def test_an_audit_closes_once_and_the_first_word_stands(ledger: SqlLedger) -> None:
    start(ledger, commune(1))
    audit = ledger.release("c", 1, NOON)[0].audit
    assert ledger.close(audit, Reason.BLOCKED, NOON)
    assert not ledger.close(audit, None, NOON)
    assert ledger.progress("c").unmeasured == {"blocked": 1}


def test_overseas_collectivities_are_excluded_not_dropped(ledger: SqlLedger) -> None:
    start(ledger, commune(1), commune(2, zone=Zone.COM))
    progress = ledger.progress("c")
    assert progress.excluded == {"outside_study": 1}
    assert progress.planned == 2
    assert len(ledger.release("c", 10, NOON)) == 1


def test_work_whose_messages_are_gone_is_given_back(ledger: SqlLedger) -> None:
    start(ledger, commune(1), commune(2))
    ledger.release("c", 2, NOON)
    assert ledger.give_back("c", NOON) == 2
    assert len(ledger.release("c", 2, NOON)) == 2


def test_an_audit_that_does_not_move_is_released_again_then_closed_as_stuck(ledger: SqlLedger) -> None:
    start(ledger, commune(1))
    now = NOON
    for _ in range(2):
        ledger.release("c", 1, now)
        now += timedelta(hours=1)
        assert ledger.reconcile("c", stale_before=now, max_releases=3, at=now) == (1, 0)
    ledger.release("c", 1, now)
    now += timedelta(hours=1)
    assert ledger.reconcile("c", stale_before=now, max_releases=3, at=now) == (0, 1)
    assert ledger.progress("c").unmeasured == {"stuck": 1}


def test_an_audit_in_hand_is_left_alone_by_reconciliation(ledger: SqlLedger) -> None:
    start(ledger, commune(1))
    ledger.release("c", 1, NOON)
    assert ledger.reconcile("c", stale_before=NOON - timedelta(minutes=1), max_releases=3, at=NOON) == (0, 0)


def test_a_request_makes_a_new_audit_that_overtakes_the_campaign(ledger: SqlLedger) -> None:
    start(ledger, *(commune(n) for n in range(1, 6)))
    done = ledger.release("c", 1, NOON)[0]
    ledger.close(done.audit, None, NOON)
    [again] = ledger.request("c", [done.authority], NOON)
    assert again == done.audit.model_copy(update={"sequence": 2})
    assert ledger.release("c", 1, NOON)[0].audit == again
    assert ledger.latest("c", again.code) == again


def test_requests_for_an_open_audit_coalesce(ledger: SqlLedger) -> None:
    start(ledger, *(commune(n) for n in range(1, 6)))
    target = commune(3)
    first = ledger.request("c", [target], NOON)
    assert ledger.request("c", [target], NOON) == first == [AuditId(campaign="c", code=target.code)]
    assert ledger.release("c", 1, NOON)[0].audit.code == target.code
    assert ledger.request("c", [target], NOON) == first


def test_a_judgement_under_new_rules_corrects_a_closed_audit(ledger: SqlLedger) -> None:
    start(ledger, commune(1))
    audit = ledger.release("c", 1, NOON)[0].audit
    ledger.close(audit, Reason.BLOCKED, NOON)
    ledger.rejudge(audit, None, NOON)
    assert ledger.progress("c").measured == 1


def test_a_campaign_is_planned_started_paused_and_resumed(ledger: SqlLedger) -> None:
    campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1, state=CampaignState.PLANNED)
    ledger.create(campaign, plan(campaign, [commune(1)]))
    assert ledger.campaign("c") == campaign
    for order, state in (
        (Order.START, CampaignState.RUNNING),
        (Order.PAUSE, CampaignState.PAUSED),
        (Order.RESUME, CampaignState.RUNNING),
    ):
        assert ledger.order("c", order, NOON) is state
        assert ledger.campaigns()[0].state is state


def test_a_paused_campaign_still_gives_what_is_asked_on_demand(ledger: SqlLedger) -> None:
    start(ledger, *(commune(n) for n in range(1, 6)))
    ledger.request("c", [commune(3)], NOON)
    released = ledger.release("c", 10, NOON, least_priority=Priority.ON_DEMAND)
    assert [row.audit.code for row in released] == ["33003"]


def test_closing_a_campaign_closes_what_waits_and_lets_what_is_in_hand_finish(ledger: SqlLedger) -> None:
    start(ledger, *(commune(n) for n in range(1, 4)))
    [released] = ledger.release("c", 1, NOON)
    ledger.order("c", Order.CLOSE, NOON)
    progress = ledger.progress("c")
    assert (progress.unmeasured, progress.in_flight, progress.residue) == ({"campaign_closed": 2}, 1, 0)
    ledger.close(released.audit, None, NOON)
    assert ledger.progress("c").finished


def test_an_order_to_an_unknown_campaign_is_bad_input(ledger: SqlLedger) -> None:
    with pytest.raises(BadInput, match="no such campaign"):
        ledger.order("nowhere", Order.START, NOON)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(["release", "close", "fail", "give_back", "reconcile", "request", "close_twice"]), max_size=25
    )
)
def test_conservation_holds_after_any_history(engine: Engine, steps: list[str]) -> None:
    ledger = SqlLedger(engine)
    name = f"c{len(ledger.campaigns())}"
    start(ledger, *(commune(n, url="http://a.fr" if n % 3 else None) for n in range(1, 8)), name=name)
    now, out = NOON, []
    for step in steps:
        now += timedelta(hours=1)
        if step == "release":
            out += ledger.release(name, 2, now)
        elif step in ("close", "fail", "close_twice") and out:
            row = out.pop()
            for _ in range(2 if step == "close_twice" else 1):
                ledger.close(row.audit, Reason.TIMEOUT if step == "fail" else None, now)
        elif step == "give_back":
            ledger.give_back(name, now)
        elif step == "reconcile":
            ledger.reconcile(name, stale_before=now, max_releases=2, at=now)
        elif step == "request":
            ledger.request(name, [commune(4)], now)
        progress = ledger.progress(name)
        assert progress.residue == 0
        assert progress.planned == 7
