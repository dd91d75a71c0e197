"""A campaign that is planned again is planned once, by whichever scheduler comes first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=90)
CRON = "0 3 1 */3 *"
TOWN = Authority(code="33001", kind=Kind.COMMUNE, name="Ville", nature="COM", population=100)


def campaign(name: str) -> Campaign:
    return Campaign(name=name, created_at=NOON, frame="test", seed=1, priority=2, page_plan="p1", rule_set="r1-0")


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    ledger = SqlLedger(engine)
    ledger.create(campaign("eu"), plan(campaign("eu"), [TOWN]))
    return ledger


def repeat(ledger: SqlLedger, seen: Campaign, name: str | None) -> bool:
    successor = campaign(name) if name else None
    return ledger.repeat(seen, LATER, successor, plan(successor, [TOWN]) if successor else [])


def scheduled(ledger: SqlLedger) -> Campaign:
    ledger.schedule("eu", CRON, NOON)
    found = ledger.campaign("eu")
    assert found is not None
    return found


def test_a_schedule_reads_back_until_it_is_stopped(ledger: SqlLedger) -> None:
    assert scheduled(ledger) == campaign("eu").model_copy(update={"cron": CRON, "repeat_at": NOON})
    ledger.schedule("eu", None, None)
    assert ledger.campaign("eu") == campaign("eu")
    with pytest.raises(BadInput, match="no such campaign"):
        ledger.schedule("nowhere", CRON, NOON)


def test_a_time_is_planned_once_and_the_next_one_noted(ledger: SqlLedger) -> None:
    seen = scheduled(ledger)
    assert repeat(ledger, seen, "eu-20270101")
    assert not repeat(ledger, seen, "eu-20270101-0300")
    assert {c.name: c.repeat_at for c in ledger.campaigns()} == {"eu": LATER, "eu-20270101": None}
    assert ledger.progress("eu-20270101").planned == 1


def test_schedulers_that_plan_at_the_same_time_make_one_campaign(ledger: SqlLedger) -> None:
    seen, together = scheduled(ledger), threading.Barrier(4)

    def plan_it(number: int) -> bool:
        together.wait(10)
        return repeat(ledger, seen, f"eu-2027010{number}")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(plan_it, range(4))) == [False, False, False, True]
    assert len(ledger.campaigns()) == 2


def test_a_schedule_that_was_stopped_or_changed_meanwhile_plans_nothing(ledger: SqlLedger) -> None:
    seen = scheduled(ledger)
    ledger.schedule("eu", "0 4 * * *", NOON)
    assert not repeat(ledger, seen, "eu-20270101")
    ledger.schedule("eu", None, None)
    assert not repeat(ledger, seen, "eu-20270101")
    assert [c.name for c in ledger.campaigns()] == ["eu"]


def test_a_name_that_was_taken_meanwhile_leaves_the_time_to_be_planned_under_another(ledger: SqlLedger) -> None:
    seen = scheduled(ledger)
    ledger.create(campaign("eu-20270101"), [])
    assert not repeat(ledger, seen, "eu-20270101")
    assert repeat(ledger, seen, "eu-20270101-0300")


def test_a_time_that_was_planned_already_is_passed_over(ledger: SqlLedger) -> None:
    assert repeat(ledger, scheduled(ledger), None)
    assert [(c.name, c.repeat_at) for c in ledger.campaigns()] == [("eu", LATER)]
