"""The scheduler's use cases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority, Kind
from services.contracts.messages import AuditClosed, FetchSite, Message, Priority
from services.contracts.reasons import Reason
from services.runtime.clock import FixedClock
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.recurrence import next_times
from services.scheduler.frame.frame import Frame
from services.scheduler.handlers import CloseAudit, Dispatcher, RepeatCampaigns
from services.scheduler.metrics import SCHEDULER
from services.scheduler.release_loop import ReleaseLoop
from services.scheduler.settings import SchedulerSettings
from tests.measured import Measured

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Outbox:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message, Priority]] = []

    def publish_all(
        self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
    ) -> tuple[list[Message], BaseException | None]:
        assert actor
        self.sent += [(queue, message, priority) for message, priority in messages]
        return [], None


class NoRules:
    """Nobody opted out."""

    def opted_out(self) -> tuple[str, ...]:
        return ()


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    ledger = SqlLedger(open_sqlite(tmp_path / "audit.db"))
    start_campaign(ledger, "c")
    return ledger


def start_campaign(ledger: SqlLedger, name: str, *, url: str | None = None, **more: object) -> None:
    campaign = Campaign.model_validate({"name": name, "created_at": NOON, "frame": "test", "seed": 1, **more})
    communes = [
        Authority(code=f"33{n:03}", kind=Kind.COMMUNE, name="Ville", nature="COM", population=n, declared_url=url)
        for n in range(1, 6)
    ]
    ledger.create(campaign, plan(campaign, communes))


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


def test_a_full_window_does_not_hold_up_what_was_asked_for_on_demand(ledger: SqlLedger) -> None:
    outbox, clock = Outbox(), FixedClock(NOON)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=2))
    assert dispatcher.tick("c") == 2
    started = {message.audit.code for _, message, _ in outbox.sent}
    others = [a for a in (ledger.authority("c", f"33{n:03}") for n in range(1, 6)) if a and a.code not in started]
    ledger.request("c", others, NOON)
    # A window of its own bounds it, so that reconciliation does not find it waiting for too long.
    assert dispatcher.tick("c") == 2
    assert [priority for *_, priority in outbox.sent] == [Priority.CAMPAIGN] * 2 + [Priority.ON_DEMAND] * 2
    assert dispatcher.tick("c") == 0
    ledger.close(outbox.sent[-1][1].audit, None, NOON)
    clock.at += timedelta(minutes=1)
    assert dispatcher.tick("c") == 1


def test_what_was_asked_for_on_demand_waits_for_its_host_too(tmp_path: Path) -> None:
    ledger = SqlLedger(open_sqlite(tmp_path / "shared.db"))
    url = "https://mairie{}.free.fr"
    neighbours = [
        Authority(code=f"33{n:03}", kind=Kind.COMMUNE, name="Ville", nature="COM", declared_url=url.format(n))
        for n in (1, 2)
    ]
    campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1)
    ledger.create(campaign, plan(campaign, neighbours))
    dispatcher = Dispatcher(ledger, NoRules(), Outbox(), FixedClock(NOON), SchedulerSettings(window=5))
    assert dispatcher.tick("c") == 1
    ledger.request("c", neighbours, NOON)
    assert dispatcher.tick("c") == 0


@pytest.mark.parametrize(
    ("parameters", "wacz", "max_pages"), [("{}", False, None), ('{"wacz": true, "max_pages": 4}', True, 4)]
)
def test_a_campaign_says_how_its_sites_are_visited(
    tmp_path: Path, parameters: str, *, wacz: bool, max_pages: int | None
) -> None:
    ledger, outbox = SqlLedger(open_sqlite(tmp_path / "w.db")), Outbox()
    campaign = Campaign(name="w", created_at=NOON, frame="test", seed=1, parameters=parameters)
    ledger.create(campaign, plan(campaign, [Authority(code="33001", kind=Kind.COMMUNE, name="Ville", nature="COM")]))
    Dispatcher(ledger, NoRules(), outbox, FixedClock(NOON), SchedulerSettings()).tick("w")
    _, message, _ = outbox.sent[0]
    assert isinstance(message, FetchSite)
    assert (message.wacz, message.max_pages) == (wacz, max_pages)


def test_a_paused_campaign_releases_nothing_but_requests(ledger: SqlLedger) -> None:
    outbox, clock = Outbox(), FixedClock(NOON)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=3))
    assert dispatcher.tick("c", on_demand_only=True) == 0
    authority = ledger.authority("c", "33004")
    assert authority is not None
    ledger.request("c", [authority], NOON)
    assert dispatcher.tick("c", on_demand_only=True) == 1


def test_what_could_not_be_published_is_given_back_at_once_and_nothing_else(ledger: SqlLedger) -> None:
    class ConfirmsTwo(Outbox):
        def publish_all(
            self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
        ) -> tuple[list[Message], BaseException | None]:
            super().publish_all(queue, actor, messages[:2])
            return [message for message, _ in messages[2:]], ConnectionError("the broker is gone")

    outbox = ConfirmsTwo()
    dispatcher = Dispatcher(ledger, NoRules(), outbox, FixedClock(NOON), SchedulerSettings(window=4))
    with pytest.raises(ConnectionError):
        dispatcher.tick("c")
    progress = ledger.progress("c")
    assert (progress.in_flight, progress.waiting) == (2, 3)
    sent = {message.audit for _, message, _ in outbox.sent}
    assert {audit for audit, (state, _) in ledger.standings(sent).items() if state is AuditState.RELEASED} == sent


def test_a_publication_that_ends_in_the_unforeseen_gives_everything_back(ledger: SqlLedger) -> None:
    class Defective(Outbox):
        def publish_all(
            self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
        ) -> tuple[list[Message], BaseException | None]:
            raise RuntimeError((queue, actor, messages))

    dispatcher = Dispatcher(ledger, NoRules(), Defective(), FixedClock(NOON), SchedulerSettings(window=4))
    with pytest.raises(RuntimeError):
        dispatcher.tick("c")
    progress = ledger.progress("c")
    assert (progress.in_flight, progress.waiting) == (0, 5)


def test_a_second_close_changes_nothing(ledger: SqlLedger) -> None:
    clock = FixedClock(NOON)
    audit = ledger.release("c", 1, NOON)[0].audit
    close, measured = CloseAudit(ledger, clock), Measured(SCHEDULER)
    close(AuditClosed(audit=audit, rule_set="r1-0"))
    close(AuditClosed(audit=audit, unmeasured=Reason.INTERNAL, rule_set=""))
    assert ledger.progress("c").measured == 1
    assert ledger.progress("c").unmeasured == {}
    assert measured.changes("audit_closed_total") == {("measured",): 1}


def test_verdicts_under_other_rules_correct_an_audit_that_is_closed(ledger: SqlLedger) -> None:
    audit = ledger.release("c", 1, NOON)[0].audit
    close, measured = CloseAudit(ledger, FixedClock(NOON)), Measured(SCHEDULER)
    close(AuditClosed(audit=audit, unmeasured=Reason.BLOCKED, rule_set="r1-0", current=True))
    close(AuditClosed(audit=audit, rule_set="r2-0", current=True))
    assert (ledger.progress("c").measured, ledger.progress("c").unmeasured) == (1, {})
    assert measured.changes("audit_closed_total") == {("unmeasured",): 1}


def test_a_close_for_an_unknown_audit_changes_nothing(ledger: SqlLedger) -> None:
    CloseAudit(ledger, FixedClock(NOON))(AuditClosed(audit=AuditId(campaign="x", code="33001"), rule_set="r1-0"))
    assert ledger.progress("c").closed == 0


def test_what_does_not_move_for_twice_its_budget_is_released_again(ledger: SqlLedger) -> None:
    outbox, clock, measured = Outbox(), FixedClock(NOON), Measured(SCHEDULER)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, clock, SchedulerSettings(window=1, audit_budget=60))
    dispatcher.tick("c")
    clock.at = NOON + timedelta(seconds=119)
    dispatcher.reconcile("c")
    assert dispatcher.tick("c") == 0
    clock.at = NOON + timedelta(seconds=121)
    dispatcher.reconcile("c")
    assert dispatcher.tick("c") == 1
    assert outbox.sent[0][1].audit == outbox.sent[1][1].audit
    assert measured.value("audit_budget_seconds") == 60
    assert measured.changes("audit_released_total") == {("campaign",): 2}
    assert measured.changes("audit_reconciled_total") == {("released_again",): 1}


def test_the_equation_names_every_part(ledger: SqlLedger) -> None:
    rows = ledger.release("c", 3, NOON)
    ledger.close(rows[0].audit, None, NOON)
    ledger.close(rows[1].audit, Reason.BLOCKED, NOON)
    assert (
        ledger.progress("c").equation() == "5 planned = 1 measured + 1 unmeasured (blocked) + 2 waiting + 1 in flight"
    )


def test_all_campaigns_share_one_window(ledger: SqlLedger) -> None:
    start_campaign(ledger, "d")
    outbox = Outbox()
    dispatcher = Dispatcher(ledger, NoRules(), outbox, FixedClock(NOON), SchedulerSettings(window=3))
    assert [dispatcher.tick("c"), dispatcher.tick("d")] == [3, 0]
    ledger.close(outbox.sent[0][1].audit, None, NOON)
    assert [dispatcher.tick("d"), dispatcher.tick("c")] == [1, 0]


def test_the_loop_serves_the_campaign_of_the_highest_priority_first(ledger: SqlLedger) -> None:
    for name, priority in (("low", -1), ("high", 5), ("late", 5)):
        later = NOON + timedelta(hours=1 if name == "late" else 0)
        start_campaign(ledger, name, priority=priority, created_at=later)
    outbox = Outbox()
    settings = SchedulerSettings(window=7)
    dispatcher = Dispatcher(ledger, NoRules(), outbox, FixedClock(NOON + timedelta(hours=2)), settings)

    def one_round() -> None:
        loop.stop()

    loop = ReleaseLoop(ledger, dispatcher, repeat=one_round, tick_seconds=1, passing=(), clock=FixedClock(NOON))
    loop.run()
    measured = Measured(SCHEDULER)
    for job in ("release", "reconcile"):
        assert measured.value("audit_last_success_timestamp_seconds", job_name=job) == NOON.timestamp()
    assert [message.audit.campaign for _, message, _ in outbox.sent] == ["high"] * 5 + ["late"] * 2


def test_a_close_confirms_the_failure_of_a_site_that_worked(ledger: SqlLedger) -> None:
    start_campaign(ledger, "d", url="http://www.ville.fr", created_at=NOON + timedelta(hours=1))
    close = CloseAudit(ledger, FixedClock(NOON), confirm_after=(timedelta(hours=6),))
    first, second = AuditId(campaign="c", code="33001"), AuditId(campaign="d", code="33001")
    for audit, works in ((first, True), (second, False)):
        close(AuditClosed(audit=audit, rule_set="r1-0", works=works))
    assert ledger.progress("d").confirming == 1
    close(AuditClosed(audit=second, rule_set="r1-0", works=False))
    assert ledger.latest("d", "33001") == second.model_copy(update={"sequence": 2})


class Repeated:
    """A national frame of five communes, and a scheduler that repeats campaigns over it."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger, self.clock = ledger, FixedClock(NOON)
        communes = {a.code: a.model_copy(update={"departement": "33"}) for a in ledger.authorities("c")}
        self.frame = Frame(authorities=communes, source="frame of 2027", date="2027-01-01", licence="")

    def scheduler(self) -> RepeatCampaigns:
        return RepeatCampaigns(self.ledger, self.clock, lambda: self.frame)

    def names(self) -> set[str]:
        return {campaign.name for campaign in self.ledger.campaigns()} - {"c"}


def test_a_campaign_is_planned_again_and_started_when_its_time_comes(ledger: SqlLedger) -> None:
    parameters = '{"departement": "33", "sample": 2, "targets": null, "synthetic": null, "wacz": true, "max_pages": 3}'
    start_campaign(ledger, "eu", parameters=parameters, priority=3, state=CampaignState.PLANNED)
    country = Repeated(ledger)
    ledger.schedule("eu", "0 3 1 */3 *", next_times("0 3 1 */3 *", NOON, 1)[0])
    country.scheduler()()
    assert country.names() == {"eu"}
    country.clock.at = datetime(2027, 1, 1, 2, 0, 1, tzinfo=UTC)
    for _ in range(2):
        country.scheduler()()
    assert country.names() == {"eu", "eu-20270101"}
    again = ledger.campaign("eu-20270101")
    assert again is not None
    assert (again.state, again.priority, again.frame) == (CampaignState.RUNNING, 3, "frame of 2027")
    assert (again.page_plan, again.rule_set, again.cron, again.repeat_at) == (None, None, None, None)
    assert (again.wacz, again.max_pages) == (True, 3)
    assert ledger.progress(again.name).planned == 2
    repeated = ledger.campaign("eu")
    assert repeated is not None
    assert repeated.repeat_at == datetime(2027, 4, 1, 1, tzinfo=UTC)


def test_times_missed_while_the_scheduler_was_down_are_caught_up_once(ledger: SqlLedger) -> None:
    country = Repeated(ledger)
    ledger.schedule("c", "0 3 1 */3 *", next_times("0 3 1 */3 *", NOON, 1)[0])
    country.clock.at = datetime(2027, 12, 24, tzinfo=UTC)
    for _ in range(3):
        country.scheduler()()
    assert country.names() == {"c-20271001"}
    assert len(ledger.authorities("c-20271001")) == 5


def test_a_campaign_over_targets_keeps_its_authorities_and_one_that_stops_is_left_alone(ledger: SqlLedger) -> None:
    country = Repeated(ledger)
    ledger.schedule("c", "* * * * *", NOON)
    country.scheduler()()
    assert ledger.authorities("c-20261123") == ledger.authorities("c")
    ledger.schedule("c", None, None)
    country.clock.at = NOON + timedelta(days=9)
    country.scheduler()()
    assert country.names() == {"c-20261123"}


def test_a_selection_that_the_frame_no_longer_offers_stops_nothing_else(ledger: SqlLedger) -> None:
    country = Repeated(ledger)
    start_campaign(ledger, "a", parameters='{"departement": "99", "sample": null, "targets": null}')
    for name in ("a", "c"):
        ledger.schedule(name, "* * * * *", NOON)
    country.scheduler()()
    assert country.names() == {"a", "c-20261123"}
