"""The gauges of the ledger, set from one look at it."""

from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.clock import Clock
from services.scheduler.adapters.ledger_figures import SqlLedgerFigures
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.ledger_figures import (
    LedgerFigures,
    Queue,
    ends_by_group,
    rate_and_end,
    residue,
    total,
)
from services.scheduler.metrics import (
    AUDITS,
    CAMPAIGNS,
    CONFIRMING,
    ETA,
    HOST_GROUP_AUDITS,
    HOST_GROUPS,
    LAST_SUCCESS,
    OLDEST_UNFINISHED,
    OTHER,
    OUTBOX,
    OUTBOX_OLDEST,
    PLANNED,
    RESIDUE,
    SITES_PER_MINUTE,
    STOPPED_GROUPS,
    UNMEASURED,
    Closing,
    Job,
    Standing,
)


class LedgerGauges:
    """Looks at the ledger and sets its gauges, each time it is called. Raises DatabaseUnavailable."""

    def __init__(self, figures: SqlLedgerFigures, clock: Clock) -> None:
        self._figures = figures
        self._clock = clock

    def __call__(self) -> None:
        """Look, and set them all."""
        now = self._clock.now()
        figures = self._figures.read(now)
        _campaigns(figures)
        _queues(figures)
        rate, end = rate_and_end(figures, now)
        SITES_PER_MINUTE.set(rate)
        ETA.set(end.timestamp() if end else 0)
        ends = ends_by_group(figures, HOST_GROUPS, OTHER)
        for group in HOST_GROUPS:
            for closing in Closing:
                HOST_GROUP_AUDITS.set(ends[group, closing], host_group=group, closing=closing)
        STOPPED_GROUPS.set(figures.stopped_groups)
        LAST_SUCCESS.set(self._clock.now().timestamp(), job_name=Job.LEDGER_GAUGES)


def _campaigns(figures: LedgerFigures) -> None:
    progress = total(figures)
    PLANNED.set(progress.planned)
    AUDITS.set(progress.waiting, standing=Standing.WAITING)
    AUDITS.set(progress.in_flight, standing=Standing.IN_FLIGHT)
    AUDITS.set(progress.measured, standing=Standing.MEASURED)
    AUDITS.set(sum(progress.unmeasured.values()), standing=Standing.UNMEASURED)
    AUDITS.set(sum(progress.excluded.values()), standing=Standing.EXCLUDED)
    CONFIRMING.set(progress.confirming)
    RESIDUE.set(residue(figures))
    for reason in Reason:
        UNMEASURED.set(progress.unmeasured.get(reason, 0), reason=reason)
    for state in CampaignState:
        CAMPAIGNS.set(figures.campaigns.get(state, 0), state=state)


def _queues(figures: LedgerFigures) -> None:
    for priority in Priority:
        queue, name = figures.queues.get(priority, Queue()), priority.name.lower()
        OUTBOX.set(queue.waiting, priority=name)
        OUTBOX_OLDEST.set(queue.waiting_since.timestamp() if queue.waiting_since else 0, priority=name)
        OLDEST_UNFINISHED.set(queue.in_hand_since.timestamp() if queue.in_hand_since else 0, priority=name)
