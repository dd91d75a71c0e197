"""A campaign as planned: which audits exist, in which order, which are left out and why."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.host_groups import declared_host, host_group
from services.scheduler.domain.order import sample
from services.scheduler.domain.samples import sample_per_stratum


class Campaign(Record):
    """One dated audit of a frame. ``parameters`` is the JSON of the options it was created with.

    ``page_plan`` and ``rule_set`` are the versions it was planned under, None for a repetition. ``cron`` says when
    it is planned again, under another name, next at ``repeat_at``; both are None for a campaign not repeated.
    """

    name: str
    created_at: datetime
    frame: str
    seed: int
    parameters: str = "{}"
    state: CampaignState = CampaignState.RUNNING
    priority: int = 0
    page_plan: str | None = None
    rule_set: str | None = None
    cron: str | None = None
    repeat_at: datetime | None = None

    @property
    def wacz(self) -> bool:
        """Whether the HTTP exchanges of each site are kept as a WACZ."""
        return bool(json.loads(self.parameters).get("wacz"))

    @property
    def max_pages(self) -> int | None:
        """Pages of the plan beyond each home page, None where the fetcher's setting decides."""
        asked: int | None = json.loads(self.parameters).get("max_pages")
        return asked


class PlannedAudit(Record):
    """A row of the ledger before anything happened to it.

    ``confirmation`` numbers, from 1, the further tries of a site that worked before and failed; each waits for
    ``due_at``. ``asked_at`` is when it was first asked for on demand, where its first release is for that;
    ``requests`` are the first ids under which it was.
    """

    audit: AuditId
    authority: Authority
    state: AuditState
    reason: Reason | None = None
    priority: int = 0
    position: int
    host_group: str | None = None
    address_group: str | None = None
    due_at: datetime | None = None
    confirmation: int | None = None
    asked_at: datetime | None = None
    requests: tuple[str, ...] = ()


def by_precedence(campaigns: Iterable[Campaign]) -> list[Campaign]:
    """Return campaigns in the order in which they are served: the highest priority first, then the oldest."""
    return sorted(campaigns, key=lambda campaign: (-campaign.priority, campaign.created_at, campaign.name))


def plan(
    campaign: Campaign,
    authorities: Iterable[Authority],
    *,
    size: int | None = None,
    sizes: Mapping[str, int] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> list[PlannedAudit]:
    """Return the ledger rows of a campaign, in audit order.

    All authorities, or a sample: ``size`` in all, or ``sizes`` by stratum. ``addresses`` are the learned ones by
    host. Authorities outside the population of the study are excluded with their reason, never dropped, but for
    a sample.
    """
    everyone = list(authorities)
    eligible = [a for a in everyone if a.in_study]
    inside = sample(eligible, size, campaign.seed) if not sizes else sample_per_stratum(eligible, sizes, campaign.seed)
    sampled = size is not None or bool(sizes)
    outside = [] if sampled else sorted((a for a in everyone if not a.in_study), key=lambda a: a.code)
    learned = addresses or {}
    rows = [
        _row(campaign, authority, position, address_group=learned.get(declared_host(authority.declared_url) or ""))
        for position, authority in enumerate(inside)
    ]
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
    address_group: str | None = None,
) -> PlannedAudit:
    return PlannedAudit(
        audit=AuditId(campaign=campaign.name, code=authority.code),
        authority=authority,
        state=state,
        reason=reason,
        position=position,
        host_group=host_group(authority.declared_url),
        address_group=address_group,
    )
