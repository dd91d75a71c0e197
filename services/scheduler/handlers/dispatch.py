"""Release work within a bounded window, close audits, reconcile."""

from collections.abc import Sequence
from datetime import timedelta

from services.contracts import queues
from services.contracts.messages import AuditClosed, FetchSite, Priority
from services.runtime.clock import Clock
from services.runtime.logging import get_logger
from services.scheduler.domain.campaign import PlannedAudit
from services.scheduler.metrics import BUDGET, CLOSED, RECONCILED, RELEASED, Reconciled, Standing
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
        if not closed and message.current:
            self._ledger.rejudge(message.audit, message.unmeasured, self._clock.now(), works=message.works)
        if closed:
            CLOSED.add(standing=Standing.UNMEASURED if message.unmeasured else Standing.MEASURED)
        _log.info(
            "audit closed" if closed else "audit was closed already",
            reason=message.unmeasured.value if message.unmeasured else None,
        )


class Dispatcher:
    """Keeps the window of released audits full, in ledger order. All campaigns share one window."""

    def __init__(
        self,
        ledger: Ledger,
        rules: HostRules,
        publisher: Publisher,
        clock: Clock,
        settings: SchedulerSettings,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._publisher = publisher
        self._clock = clock
        self._settings = settings
        BUDGET.set(settings.audit_budget)

    def tick(self, campaign: str, *, on_demand_only: bool = False) -> int:
        """Release what fits in the window, of a paused campaign only what was asked for on demand.

        What was asked for on demand has a window of its own, as large: a full window never holds it up. Returns how
        many audits were released.
        """
        window = self._settings.window
        sent = self._release(campaign, window - self._ledger.in_flight(Priority.ON_DEMAND), Priority.ON_DEMAND)
        if not on_demand_only:
            sent += self._release(campaign, window - self._ledger.in_flight(Priority.CAMPAIGN), Priority.CAMPAIGN)
        return sent

    def _release(self, campaign: str, room: int, least: Priority) -> int:
        """Release at most ``room`` audits of a priority or a higher one, and return how many were.

        The ledger is written before the broker: what could not be published is given back, and a crash in
        between is healed by reconciliation.
        """
        now = self._clock.now()
        rested_since = now - timedelta(seconds=self._settings.request_interval)
        released = self._ledger.release(campaign, room, now, least_priority=least, rested_since=rested_since)
        if not released:
            return 0
        try:
            messages = self._messages(campaign, released)
            unsent, error = self._publisher.publish_all(queues.FETCH, queues.FETCH_SITE, messages)
        except BaseException:
            self._ledger.unrelease([row.audit for row in released], self._clock.now())
            raise
        left = {message.audit for message in unsent}
        for row in released:
            if row.audit not in left:
                RELEASED.add(priority=Priority(row.priority).name.lower())
        if left:
            self._ledger.unrelease(sorted(left, key=str), self._clock.now())
        if error is not None:
            raise error
        return len(released)

    def _messages(self, campaign: str, released: Sequence[PlannedAudit]) -> list[tuple[FetchSite, Priority]]:
        refused = self._rules.opted_out()
        planned = self._ledger.campaign(campaign)
        return [
            (
                FetchSite(
                    audit=row.audit,
                    authority=row.authority,
                    priority=Priority(row.priority),
                    refused_hosts=refused,
                    wacz=planned is not None and planned.wacz,
                    max_pages=planned.max_pages if planned is not None else None,
                    requests=row.requests,
                    asked_at=row.asked_at,
                ),
                Priority(row.priority),
            )
            for row in released
        ]

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
            RECONCILED.add(again, outcome=Reconciled.RELEASED_AGAIN)
            RECONCILED.add(stuck, outcome=Reconciled.CLOSED_AS_STUCK)
            CLOSED.add(stuck, standing=Standing.UNMEASURED)
            _log.warning("audits had not moved", released_again=again, closed_as_stuck=stuck)
