"""The scheduler's use cases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.messages import AuditClosed, FetchSite, Message, Priority
from services.contracts.reasons import Reason
from services.runtime.clock import FixedClock
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.handlers import CloseAudit, Dispatcher
from services.scheduler.settings import SchedulerSettings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Outbox:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message, Priority]] = []

    def publish(self, queue: str, actor: str, message: Message, *, priority: Priority = Priority.CAMPAIGN) -> None:
        assert actor
        self.sent.append((queue, message, priority))


class NoRules:
    """Nobody opted out."""

    def opted_out(self) -> tuple[str, ...]:
        return ()


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    ledger = SqlLedger(open_sqlite(tmp_path / "audit.db"))
    campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1)
    communes = [
        Authority(code=f"33{n:03}", kind=Kind.COMMUNE, name="Ville", nature="COM", population=n) for n in range(1, 6)
    ]
    ledger.create(campaign, plan(campaign, communes))
    return ledger


def test_the_dispatcher_keeps_the_window_full_and_no_fuller(ledger: SqlLedger) -> None:
    outbox, clock = Outbox(), FixedClock(NOON)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=2))
    close = CloseAudit(ledger, clock)
    assert dispatcher.tick("c") == 2
    assert dispatcher.tick("c") == 0
    close(AuditClosed(audit=outbox.sent[0][1].audit, rule_set="r1-0"))
    assert dispatcher.tick("c") == 1
    assert [queue for queue, *_ in outbox.sent] == ["audit.fetch.v1"] * 3


def test_a_request_is_published_with_the_priority_of_on_demand_work(ledger: SqlLedger) -> None:
    outbox, clock = Outbox(), FixedClock(NOON)
    authority = ledger.authority("c", "33004")
    assert authority is not None
    ledger.request("c", [authority], NOON)
    Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=1)).tick("c")
    _, message, priority = outbox.sent[0]
    assert isinstance(message, FetchSite)
    assert message.audit.code == "33004"
    assert priority is Priority.ON_DEMAND


def test_a_paused_campaign_releases_nothing_but_requests(ledger: SqlLedger) -> None:
    outbox, clock = Outbox(), FixedClock(NOON)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=3))
    assert dispatcher.tick("c", on_demand_only=True) == 0
    authority = ledger.authority("c", "33004")
    assert authority is not None
    ledger.request("c", [authority], NOON)
    assert dispatcher.tick("c", on_demand_only=True) == 1


@pytest.mark.parametrize("publishers", [1, 3])
def test_what_could_not_be_published_is_given_back_at_once(ledger: SqlLedger, publishers: int) -> None:
    class Broken(Outbox):
        def publish(self, queue: str, actor: str, message: Message, *, priority: Priority = Priority.CAMPAIGN) -> None:
            if self.sent:
                raise ConnectionError("the broker is gone")
            super().publish(queue, actor, message, priority=priority)

    outbox, settings = Broken(), SchedulerSettings(window=4)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, FixedClock(NOON), settings, publishers=publishers)
    with pytest.raises(ConnectionError):
        dispatcher.tick("c")
    progress = ledger.progress("c")
    assert 1 <= progress.in_flight == len(outbox.sent) < 4
    assert progress.in_flight + progress.waiting == 5


def test_a_second_close_changes_nothing(ledger: SqlLedger) -> None:
    clock = FixedClock(NOON)
    audit = ledger.release("c", 1, NOON)[0].audit
    close = CloseAudit(ledger, clock)
    close(AuditClosed(audit=audit, rule_set="r1-0"))
    close(AuditClosed(audit=audit, unmeasured=Reason.INTERNAL, rule_set=""))
    assert ledger.progress("c").measured == 1
    assert ledger.progress("c").unmeasured == {}


def test_a_close_for_an_unknown_audit_changes_nothing(ledger: SqlLedger) -> None:
    CloseAudit(ledger, FixedClock(NOON))(AuditClosed(audit=AuditId(campaign="x", code="33001"), rule_set="r1-0"))
    assert ledger.progress("c").closed == 0


def test_what_does_not_move_for_twice_its_budget_is_released_again(ledger: SqlLedger) -> None:
    outbox, clock = Outbox(), FixedClock(NOON)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=1, audit_budget=60))
    dispatcher.tick("c")
    clock.at = NOON + timedelta(seconds=119)
    dispatcher.reconcile("c")
    assert dispatcher.tick("c") == 0
    clock.at = NOON + timedelta(seconds=121)
    dispatcher.reconcile("c")
    assert dispatcher.tick("c") == 1
    assert outbox.sent[0][1].audit == outbox.sent[1][1].audit


def test_the_equation_names_every_part(ledger: SqlLedger) -> None:
    rows = ledger.release("c", 3, NOON)
    ledger.close(rows[0].audit, None, NOON)
    ledger.close(rows[1].audit, Reason.BLOCKED, NOON)
    assert (
        ledger.progress("c").equation() == "5 planned = 1 measured + 1 unmeasured (blocked) + 2 waiting + 1 in flight"
    )
