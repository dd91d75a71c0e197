"""A campaign as planned: which audits exist, in which order, which are left out and why."""

from collections.abc import Iterable
from datetime import datetime

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.host_groups import host_group
from services.scheduler.domain.order import sample


class Campaign(Record):
    """One dated audit of a frame. ``parameters`` is the JSON of the options it was created with."""

    name: str
    created_at: datetime
    frame: str
    seed: int
    parameters: str = "{}"
    state: CampaignState = CampaignState.RUNNING


class PlannedAudit(Record):
    """A row of the ledger before anything happened to it."""

    audit: AuditId
    authority: Authority
    state: AuditState
    reason: Reason | None = None
    priority: int = 0
    position: int
    host_group: str | None = None


def plan(campaign: Campaign, authorities: Iterable[Authority], *, size: int | None = None) -> list[PlannedAudit]:
    """Return the ledger rows of a campaign, in audit order.

    Authorities outside the population of the study are excluded with their reason, never dropped.
    """
    everyone = list(authorities)
    inside = sample((a for a in everyone if a.in_study), size, campaign.seed)
    outside = [] if size is not None else sorted((a for a in everyone if not a.in_study), key=lambda a: a.code)
    rows = [_row(campaign, authority, position) for position, authority in enumerate(inside)]
    rows += [
        _row(campaign, authority, position, state=AuditState.EXCLUDED, reason=Reason.OUTSIDE_STUDY)
        for position, authority in enumerate(outside, start=len(rows))
    ]
    return rows


def _row(
    campaign: Campaign,
    authority: Authority,
    position: int,
    *,
    state: AuditState = AuditState.PLANNED,
    reason: Reason | None = None,
) -> PlannedAudit:
    return PlannedAudit(
        audit=AuditId(campaign=campaign.name, code=authority.code),
        authority=authority,
        state=state,
        reason=reason,
        position=position,
        host_group=host_group(authority.declared_url),
    )
