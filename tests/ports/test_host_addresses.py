"""Sites that one server was seen to serve are visited one after the other, whatever their names."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority, Kind
from services.runtime.tables import AUDIT
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.host_groups import ADDRESS_KEPT
from services.scheduler.domain.host_rules import RuleKind, make_rule

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHARED, OTHER = "51.91.236.193", "2001:41d0:301::20"
SERVED = {"33001": SHARED, "33002": SHARED, "33003": OTHER}
TOWNS = [
    Authority(
        code=code,
        kind=Kind.COMMUNE,
        name="Ville",
        nature="COM",
        population=100,
        declared_url=f"http://www.ville{code}.fr/accueil",
    )
    for code in SERVED
]


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    """A ledger on each kind of database that knows the servers of three sites from a first campaign."""
    ledger = SqlLedger(engine)
    start(ledger, "first")
    assert visited(ledger, "first", NOON, SERVED) == set(SERVED)
    return ledger


def start(ledger: SqlLedger, name: str, at: datetime = NOON) -> None:
    campaign = Campaign(name=name, created_at=at, frame="test", seed=1)
    ledger.create(campaign, plan(campaign, TOWNS, addresses=ledger.addresses(at)))


def visited(ledger: SqlLedger, campaign: str, at: datetime, served: dict[str, str]) -> set[str]:
    """Release what may be and close it, seen at these addresses; return the codes."""
    released = ledger.release(campaign, 10, at)
    for row in released:
        ledger.close(row.audit, None, at, works=True, address=served.get(row.audit.code))
    return {row.audit.code for row in released}


def test_the_next_campaign_visits_the_sites_of_one_server_one_after_the_other(ledger: SqlLedger) -> None:
    start(ledger, "second")
    first = ledger.release("second", 10, NOON)
    assert [row.address_group for row in sorted(first, key=lambda row: row.audit.code)] == [SHARED, OTHER]
    assert ledger.release("second", 10, NOON) == []
    busy = next(row for row in first if row.address_group == SHARED)
    ledger.close(busy.audit, None, NOON + timedelta(seconds=10))
    rested = NOON + timedelta(seconds=9)
    assert ledger.release("second", 10, NOON + timedelta(seconds=10), rested_since=rested) == []
    assert len(ledger.release("second", 10, NOON + timedelta(seconds=12))) == 1


def test_two_campaigns_do_not_visit_one_server_at_the_same_time(ledger: SqlLedger) -> None:
    for name in ("second", "third"):
        start(ledger, name)
    assert len(ledger.release("second", 10, NOON)) == 2
    assert ledger.release("third", 10, NOON) == []


def test_the_database_itself_refuses_two_sites_of_one_server_out_together(ledger: SqlLedger, engine: Engine) -> None:
    start(ledger, "second")
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.campaign == "second").values(state=AuditState.RELEASED.value))


def test_what_waits_already_learns_where_its_site_is(engine: Engine) -> None:
    ledger = SqlLedger(engine)
    for name in ("first", "second"):
        start(ledger, name)
    visited(ledger, "first", NOON, SERVED)
    assert {row.audit.code: row.address_group for row in ledger.release("second", 3, NOON)}.get("33003") == OTHER
    assert ledger.progress("second").in_flight == 2


def test_a_site_that_moved_is_grouped_where_it_is_now(ledger: SqlLedger) -> None:
    start(ledger, "second")
    visited(ledger, "second", NOON, {"33001": OTHER, "33002": OTHER})
    visited(ledger, "second", NOON, {"33001": OTHER, "33002": OTHER})
    assert ledger.addresses(NOON) == {f"www.ville{code}.fr": OTHER for code in SERVED}


def test_private_addresses_and_second_closes_teach_nothing(engine: Engine) -> None:
    ledger = SqlLedger(engine)
    start(ledger, "first")
    assert visited(ledger, "first", NOON, dict.fromkeys(SERVED, "127.0.0.1")) == set(SERVED)
    assert not ledger.close(AuditId(campaign="first", code="33001"), None, NOON, address=SHARED)
    assert ledger.addresses(NOON) == {}
    start(ledger, "second")
    assert len(ledger.release("second", 10, NOON)) == 3


def test_an_address_is_believed_for_a_bounded_time_and_then_forgotten(ledger: SqlLedger) -> None:
    late = NOON + ADDRESS_KEPT
    assert len(ledger.addresses(late - timedelta(seconds=1))) == 3
    assert ledger.addresses(late) == {}
    start(ledger, "much-later", late)
    assert ledger.addresses(NOON) == {}
    assert len(ledger.release("much-later", 10, late)) == 3


def test_a_request_and_a_stopped_server_know_the_address(ledger: SqlLedger, engine: Engine) -> None:
    ledger.request("first", TOWNS, NOON)
    rules = SqlHostRules(engine)
    rules.add(make_rule(RuleKind.STOPPED, SHARED, "incident", NOON))
    assert [row.audit.code for row in ledger.release("first", 10, NOON)] == ["33003"]
    rules.remove(RuleKind.STOPPED, SHARED)
    assert len(ledger.release("first", 10, NOON)) == 1
