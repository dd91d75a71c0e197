"""What the ledger looks like at one moment, and what follows from that for the metrics."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from functools import cache

from services.contracts.audits import AuditState
from services.contracts.failures import failures
from services.contracts.messages import Priority
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.pace import Activity, pace


class OpenCampaign(Record):
    """A campaign that is not closed. ``authorities`` is counted apart from the progress, so that the two can differ."""

    state: CampaignState
    authorities: int
    progress: Progress
    activity: Activity


class Queue(Record):
    """The open audits of one priority: how many could be released now and since when, and the oldest one in hand."""

    waiting: int = 0
    waiting_since: datetime | None = None
    in_hand_since: datetime | None = None


class GroupEnd(Record):
    """How many audits of a host group ended in one way within the last day."""

    host_group: str
    state: AuditState
    reason: str | None
    audits: int


class LedgerFigures(Record):
    """The ledger at one moment. ``campaigns`` counts all by state, ``open_ones`` describes those not closed."""

    campaigns: dict[CampaignState, int]
    open_ones: tuple[OpenCampaign, ...]
    queues: dict[Priority, Queue]
    ended: tuple[GroupEnd, ...]
    stopped_groups: int


def total(figures: LedgerFigures) -> Progress:
    """Return the progress of all open campaigns together."""
    parts = [campaign.progress for campaign in figures.open_ones]
    return Progress(
        planned=sum(part.planned for part in parts),
        measured=sum(part.measured for part in parts),
        unmeasured=dict(sum((Counter(part.unmeasured) for part in parts), Counter())),
        excluded=dict(sum((Counter(part.excluded) for part in parts), Counter())),
        waiting=sum(part.waiting for part in parts),
        in_flight=sum(part.in_flight for part in parts),
        confirming=sum(part.confirming for part in parts),
    )


def residue(figures: LedgerFigures) -> int:
    """Return by how many audits the equation of the open campaigns does not hold: 0."""
    return sum(
        abs(one.authorities - (one.progress.closed + one.progress.waiting + one.progress.in_flight))
        for one in figures.open_ones
    )


def rate_and_end(figures: LedgerFigures, now: datetime) -> tuple[float, datetime | None]:
    """Return the audits a minute of the running campaigns, and when the last of them ends; None: nobody can say."""
    running = [one for one in figures.open_ones if one.state is CampaignState.RUNNING]
    paces = [pace(one.activity, one.progress.planned - one.progress.closed, now) for one in running]
    rate = sum(found.per_minute for found in paces)
    left = [found.seconds_left for found in paces if found.seconds_left != 0.0]
    if not left or None in left:
        return rate, None
    return rate, datetime.fromtimestamp(now.timestamp() + max(filter(None, left)), now.tzinfo)


def ends_by_group(figures: LedgerFigures, known: Collection[str], other: str) -> Counter[tuple[str, str]]:
    """Return how many audits of each host group were ``measured``, ``blocked`` or ``failed``.

    Groups that are not known are taken together. Audits that never reached for the site are left out.
    """
    found: Counter[tuple[str, str]] = Counter()
    for end in figures.ended:
        how = _how(end)
        if how is not None:
            found[end.host_group if end.host_group in known else other, how] += end.audits
    return found


def _how(end: GroupEnd) -> str | None:
    if end.state is AuditState.MEASURED:
        return "measured"
    if end.reason == Reason.BLOCKED:
        return "blocked"
    return "failed" if end.reason in _site_reasons() else None


@cache
def _site_reasons() -> frozenset[str]:
    """Return the reasons that say that the site could not be seen."""
    return frozenset(row.reason for row in failures() if row.reason) - {Reason.OPTED_OUT}
