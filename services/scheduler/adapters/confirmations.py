"""Plans, in SQL, the audits that confirm the failure of a site that worked before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.database import utc
from services.runtime.tables import AUDIT, CAMPAIGN
from services.scheduler.adapters.host_addresses import known_address
from services.scheduler.adapters.ledger_rows import is_audit, values_of
from services.scheduler.domain.campaign import PlannedAudit
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.confirmation import OF_THE_SITE, End, is_visited, next_confirmation


def plan_confirmation(
    connection: Connection, closed: Row[Any], authority: Authority, end: End, after: Sequence[timedelta], at: datetime
) -> None:
    """Plan the next try of an audit's site, if one must follow. ``closed`` is the audit's row, just closed.

    In a campaign that was closed meanwhile the try ends at once, as all that waited did: the failure is not
    confirmed and does not count. The transaction must hold the ledger's lock.
    """
    number = closed.confirmation or 0
    worked_before = number == 0 and end.failing and _worked_before(connection, closed)
    following = next_confirmation(number, end, worked_before=worked_before, tries=len(after))
    if following is None or not is_visited(authority.declared_url):
        return
    over = _campaign_is_closed(connection, closed.campaign)
    row = PlannedAudit(
        audit=AuditId(campaign=closed.campaign, code=closed.code, sequence=closed.sequence + 1),
        authority=authority,
        state=AuditState.UNMEASURED if over else AuditState.PLANNED,
        reason=Reason.CAMPAIGN_CLOSED if over else None,
        priority=Priority.RETRY,
        position=closed.position,
        host_group=closed.host_group,
        address_group=known_address(connection, authority.declared_url, at),
        due_at=_first_failure(connection, closed, number, at) + after[following - 1],
        confirmation=following,
    )
    connection.execute(insert(AUDIT), values_of(row, at))


def _worked_before(connection: Connection, audit: Row[Any]) -> bool:
    """Whether the site worked when it was last seen: earlier in this campaign, else in the newest one before it.

    Audits that ended for a reason of ours saw nothing, and are passed over.
    """
    created_at = select(CAMPAIGN.c.created_at).where(CAMPAIGN.c.name == audit.campaign).scalar_subquery()
    query = (
        select(AUDIT.c.works)
        .join(CAMPAIGN, CAMPAIGN.c.name == AUDIT.c.campaign)
        .where(
            AUDIT.c.code == audit.code,
            or_(AUDIT.c.state == AuditState.MEASURED.value, AUDIT.c.reason.in_([r.value for r in OF_THE_SITE])),
            or_(
                and_(AUDIT.c.campaign == audit.campaign, AUDIT.c.sequence < audit.sequence),
                and_(AUDIT.c.campaign != audit.campaign, CAMPAIGN.c.created_at < created_at),
            ),
        )
        .order_by(CAMPAIGN.c.created_at.desc(), AUDIT.c.sequence.desc())
        .limit(1)
    )
    return connection.scalar(query) is True


def _first_failure(connection: Connection, audit: Row[Any], number: int, at: datetime) -> datetime:
    first = AuditId(campaign=audit.campaign, code=audit.code, sequence=audit.sequence - number)
    return utc(connection.scalar(select(AUDIT.c.closed_at).where(is_audit(first)))) or at


def _campaign_is_closed(connection: Connection, campaign: str) -> bool:
    state = connection.scalar(select(CAMPAIGN.c.state).where(CAMPAIGN.c.name == campaign))
    return bool(state == CampaignState.CLOSED.value)
