"""The scheduler's use cases: release work within a bounded window, close audits, reconcile."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.contracts import queues
from services.contracts.errors import BadInput
from services.contracts.messages import AuditClosed, FetchSite, Priority
from services.runtime.clock import Clock
from services.runtime.fan_out import FanOut
from services.runtime.logging import get_logger
from services.scheduler.domain.campaign import Campaign, PlannedAudit, plan
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.recurrence import last_time, national_selection, next_times, repeated_name
from services.scheduler.frame.frame import Frame
from services.scheduler.ports import HostRules, Ledger, Publisher
from services.scheduler.settings import SchedulerSettings

_log = get_logger(__name__)


class CloseAudit:
    """Closes the audit that AuditClosed names. A second delivery changes nothing.

    The failure of a site that worked before is tried again ``confirm_after`` the first one, until it works.
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, confirm_after: Sequence[timedelta] = ()) -> None:
        self._ledger = ledger
        self._clock = clock
        self._confirm_after = confirm_after

    def __call__(self, message: AuditClosed) -> None:
        """Record the end of an audit."""
        closed = self._ledger.close(
            message.audit,
            message.unmeasured,
            self._clock.now(),
            works=message.works,
            address=message.address,
            confirm_after=self._confirm_after,
        )
        _log.info(
            "audit closed" if closed else "audit was closed already",
            reason=message.unmeasured.value if message.unmeasured else None,
        )


class Dispatcher:
    """Keeps the window of released audits full, in ledger order. All campaigns share one window.

    ``publishers`` messages are sent at a time.
    """

    def __init__(
        self,
        ledger: Ledger,
        rules: HostRules,
        publisher: Publisher,
        clock: Clock,
        settings: SchedulerSettings,
        *,
        publishers: int = 1,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._publisher = publisher
        self._clock = clock
        self._settings = settings
        self._fan_out = FanOut(publishers)

    def tick(self, campaign: str, *, on_demand_only: bool = False) -> int:
        """Release what fits in the window, of a paused campaign only what was asked for on demand.

        Returns how many audits were released.

        The ledger is written before the broker: what could not be published is given back, and a crash in
        between is healed by reconciliation.
        """
        in_flight = self._ledger.in_flight()
        least = Priority.ON_DEMAND if on_demand_only else Priority.CAMPAIGN
        room = self._settings.window - in_flight
        now = self._clock.now()
        rested_since = now - timedelta(seconds=self._settings.request_interval)
        released = self._ledger.release(campaign, room, now, least_priority=least, rested_since=rested_since)
        refused = self._rules.opted_out() if released else ()

        def publish(row: PlannedAudit) -> None:
            message = FetchSite(
                audit=row.audit, authority=row.authority, priority=Priority(row.priority), refused_hosts=refused
            )
            self._publisher.publish(queues.FETCH, queues.FETCH_SITE, message, priority=Priority(row.priority))

        unsent, error = self._fan_out.each(publish, released)
        if unsent:
            self._ledger.unrelease([row.audit for row in unsent], self._clock.now())
        if error is not None:
            raise error
        return len(released)

    def reconcile(self, campaign: str) -> None:
        """Release again, or give up, audits that have not moved for twice their budget."""
        now = self._clock.now()
        again, stuck = self._ledger.reconcile(
            campaign,
            stale_before=now - timedelta(seconds=2 * self._settings.audit_budget),
            max_releases=self._settings.max_releases,
            at=now,
            confirm_after=self._settings.confirm_after,
        )
        if again or stuck:
            _log.warning("audits had not moved", released_again=again, closed_as_stuck=stuck)


class RepeatCampaigns:
    """Plans and starts again the campaigns whose time has come; a time that was missed is caught up once.

    ``national`` gives the frame that ships with the program; a campaign over other targets keeps its authorities.
    """

    def __init__(self, ledger: Ledger, clock: Clock, national: Callable[[], Frame]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._national = national

    def __call__(self) -> None:
        """Plan what is due. Several processes may do so at once: each time is planned by one of them."""
        now = self._clock.now()
        campaigns = self._ledger.campaigns()
        taken = {campaign.name for campaign in campaigns}
        for campaign in campaigns:
            if campaign.cron is not None and campaign.repeat_at is not None and campaign.repeat_at <= now:
                name = repeated_name(campaign.name, last_time(campaign.cron, now), taken)
                try:
                    self._repeat(campaign, campaign.cron, name, now)
                except BadInput as error:
                    _log.error("campaign not repeated", repeats=campaign.name, error=str(error))

    def _repeat(self, campaign: Campaign, cron: str, name: str | None, now: datetime) -> None:
        [following] = next_times(cron, now, 1)
        successor, audits = (None, []) if name is None else self._planned(campaign, name, now)
        if self._ledger.repeat(campaign, following, successor, audits):
            _log.info("campaign repeated", repeats=campaign.name, started=name, audits=len(audits))

    def _planned(self, campaign: Campaign, name: str, now: datetime) -> tuple[Campaign, list[PlannedAudit]]:
        started = {"name": name, "created_at": now, "state": CampaignState.RUNNING, "cron": None, "repeat_at": None}
        # The versions are those of the services that visit and judge, which the scheduler knows nothing of.
        successor = campaign.model_copy(update=started | {"page_plan": None, "rule_set": None})
        addresses, selection = self._ledger.addresses(now), national_selection(campaign.parameters)
        if selection is None:
            return successor, plan(successor, self._ledger.authorities(campaign.name), addresses=addresses)
        frame = self._national()
        chosen = frame.select(departement=selection.departement)
        rows = plan(successor, chosen, size=selection.sample, sizes=selection.sizes, addresses=addresses)
        return successor.model_copy(update={"frame": frame.source}), rows
