"""The gauges of the ledger say what is in the database, whichever it is."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from services.contracts.audits import CANARY
from services.contracts.authorities import Authority, Kind, Zone
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.clock import FixedClock
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.ledger_figures import SqlLedgerFigures
from services.scheduler.adapters.ledger_gauges import LedgerGauges
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.domain.host_rules import RuleKind, make_rule
from services.scheduler.domain.requests import Request
from services.scheduler.metrics import HOST_GROUPS, OTHER, SCHEDULER
from tests.measured import Measured

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
NOW = NOON + timedelta(minutes=10)


def commune(number: int, *, zone: Zone = Zone.METRO, url: str | None = None) -> Authority:
    url = f"https://ville{number}.fr" if url is None else url
    return Authority(code=f"33{number:03}", kind=Kind.COMMUNE, name="Ville", nature="COM", zone=zone, declared_url=url)


def start(ledger: SqlLedger, name: str, *communes: Authority, state: CampaignState = CampaignState.RUNNING) -> None:
    campaign = Campaign(name=name, created_at=NOON, frame="test", seed=1, state=state)
    ledger.create(campaign, plan(campaign, communes))


def look(engine: Engine) -> Measured:
    LedgerGauges(SqlLedgerFigures(engine, HOST_GROUPS), FixedClock(NOW))()
    return Measured(SCHEDULER)


def test_an_empty_ledger_is_all_zero(engine: Engine) -> None:
    measured = look(engine)
    for name in ("planned_audits", "conservation_residue", "campaign_end_timestamp_seconds", "confirming_audits"):
        assert measured.value(f"audit_{name}") == 0
    assert measured.value("audit_last_success_timestamp_seconds", job_name="ledger_gauges") == NOW.timestamp()


def test_the_terms_of_the_equation_are_those_of_the_open_campaigns(engine: Engine) -> None:
    ledger = SqlLedger(engine)
    start(ledger, "c", *(commune(n) for n in range(1, 9)), commune(9, zone=Zone.COM))
    start(ledger, "planned", commune(1), commune(2), state=CampaignState.PLANNED)
    start(ledger, "gone", *(commune(n, url="") for n in range(20, 23)))
    ledger.order("gone", Order.CLOSE, NOON)
    released = [row.audit for row in ledger.release("c", 5, NOON)]
    ledger.close(released[0], None, LATER)
    ledger.close(released[1], Reason.BLOCKED, LATER)
    ledger.close(released[2], Reason.TIMEOUT, LATER)
    # A re-audit takes the place of the audit before it.
    known = ledger.authority("c", released[1].code)
    assert known is not None
    ledger.request("c", [known], LATER)

    measured = look(engine)
    progress = ledger.progress("c")
    assert measured.value("audit_planned_audits") == 11
    standings = {"measured": 1, "unmeasured": 1, "excluded": 1, "in_flight": 2, "waiting": 6}
    for standing, audits in standings.items():
        assert measured.value("audit_audits", standing=standing) == audits
    assert progress.waiting == 4
    assert measured.value("audit_unmeasured_audits", reason="timeout") == 1
    assert measured.value("audit_unmeasured_audits", reason="campaign_closed") == 0
    assert measured.value("audit_conservation_residue") == 0
    states = {"running": 1, "planned": 1, "closed": 1, "paused": 0}
    for state, campaigns in states.items():
        assert measured.value("audit_campaigns", state=state) == campaigns
    # Three ended in the ten minutes since the first release; six are left.
    assert measured.value("audit_campaign_sites_per_minute") == 0.3
    assert measured.value("audit_campaign_end_timestamp_seconds") == NOW.timestamp() + 60 * 6 / 0.3
    assert measured.value("audit_outbox_audits", priority="on_demand") == 1
    assert measured.value("audit_outbox_oldest_timestamp_seconds", priority="on_demand") == LATER.timestamp()
    assert measured.value("audit_outbox_audits", priority="campaign") == 3
    assert measured.value("audit_oldest_unfinished_timestamp_seconds", priority="campaign") == NOON.timestamp()
    assert measured.value("audit_oldest_unfinished_timestamp_seconds", priority="on_demand") == 0


def test_the_canaries_are_in_no_figure_but_those_of_the_queues(engine: Engine) -> None:
    ledger, requests = SqlLedger(engine), SqlRequests(engine)
    start(ledger, CANARY, commune(1), commune(2), commune(3))
    [closed, _] = ledger.release(CANARY, 2, NOON)
    ledger.close(closed.audit, Reason.BLOCKED, LATER)
    asked = Request(id="r", digest=hashlib.sha256(b"").hexdigest(), received_at=LATER)
    requests.accept_in(CANARY, asked, [commune(3)])
    measured = look(engine)
    for name in ("planned_audits", "conservation_residue", "campaign_sites_per_minute"):
        assert measured.value(f"audit_{name}") == 0
    assert measured.value("audit_unmeasured_audits", reason="blocked") == 0
    assert measured.value("audit_host_group_audits", host_group=OTHER, closing="blocked") == 0
    assert measured.value("audit_outbox_audits", priority="on_demand") == 1
    assert measured.value("audit_oldest_unfinished_timestamp_seconds", priority="campaign") == NOON.timestamp()
    # Nobody waits for a canary: the objective of re-audits is not measured by it.
    assert {row.asked_at for row in ledger.release(CANARY, 2, NOW)} == {None}


def test_what_waits_for_a_later_time_is_not_due_and_a_stopped_group_is_counted(engine: Engine) -> None:
    ledger = SqlLedger(engine)
    start(ledger, "c", commune(1))
    [row] = ledger.release("c", 1, NOON)
    ledger.close(row.audit, None, NOON, works=True)
    ledger.request("c", [commune(1)], NOON)
    [row] = ledger.release("c", 1, NOON)
    ledger.close(row.audit, Reason.TIMEOUT, NOON, works=False, confirm_after=[timedelta(hours=6)])
    SqlHostRules(engine).add(make_rule(RuleKind.STOPPED, "ville1.fr", "asked by its owner", NOON))
    measured = look(engine)
    assert measured.value("audit_confirming_audits") == 1
    assert measured.value("audit_audits", standing="waiting") == 1
    for priority in Priority:
        assert measured.value("audit_outbox_audits", priority=priority.name.lower()) == 0
    assert measured.value("audit_stopped_host_groups") == 1


def test_ends_are_counted_by_host_group_and_unknown_groups_together(engine: Engine) -> None:
    ledger = SqlLedger(engine)
    platform = next(group for group in HOST_GROUPS if group != OTHER)
    start(
        ledger, "c", commune(1, url=f"https://ville.{platform}"), commune(2), commune(3), commune(4), commune(5, url="")
    )
    ends = {"33001": Reason.BLOCKED, "33002": Reason.BLOCKED, "33003": Reason.TIMEOUT, "33004": Reason.STUCK}
    for row in ledger.release("c", 10, NOON):
        ledger.close(row.audit, ends.get(row.audit.code), NOON)
    measured = look(engine)
    found = {
        (group, closing): measured.value("audit_host_group_audits", host_group=group, closing=closing)
        for group in (platform, OTHER)
        for closing in ("measured", "blocked", "failed")
    }
    assert {key: value for key, value in found.items() if value} == {
        (platform, "blocked"): 1,
        (OTHER, "blocked"): 1,
        (OTHER, "failed"): 1,
    }


def test_the_time_a_re_audit_was_asked_for_travels_with_its_first_release_only(engine: Engine) -> None:
    ledger, requests = SqlLedger(engine), SqlRequests(engine)
    start(ledger, "c", commune(1), commune(2))
    for number, at in enumerate((NOON, LATER)):
        request = Request(id=f"r{number}", digest=hashlib.sha256(b"").hexdigest(), received_at=at)
        requests.accept_in("c", request, [commune(1)])
    asked = {row.audit.code: (row.asked_at, row.requests) for row in ledger.release("c", 2, NOW)}
    assert asked == {"33001": (NOON, ("r0", "r1")), "33002": (None, ())}
    ledger.reconcile("c", stale_before=NOW + timedelta(hours=1), max_releases=3, at=NOW)
    again = {row.audit.code: (row.asked_at, row.requests) for row in ledger.release("c", 2, NOW)}
    assert again == {"33001": (None, ("r0", "r1")), "33002": (None, ())}
