"""Between the rows of the ledger's tables and the records of the scheduler."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, Subquery, and_, func, literal, select

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.runtime.database import utc
from services.runtime.tables import AUDIT, REQUEST, REQUEST_AUDIT
from services.scheduler.domain.campaign import Campaign, PlannedAudit
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.conservation import Progress

# States as a part of the statement, so that the planner knows which partial index holds the rows.
WAITING = literal(AuditState.PLANNED.value, literal_execute=True)
IN_FLIGHT = literal(AuditState.RELEASED.value, literal_execute=True)

_OPEN = (AuditState.PLANNED, AuditState.RELEASED)


def is_audit(audit: AuditId) -> ColumnElement[bool]:
    """Return the condition that a row is this audit."""
    return and_(AUDIT.c.campaign == audit.campaign, AUDIT.c.code == audit.code, AUDIT.c.sequence == audit.sequence)


def is_one_of(*states: AuditState) -> ColumnElement[bool]:
    """Return the condition that a row is in one of these states.

    They are a part of the statement, so that the planner knows which partial index holds them.
    """
    return AUDIT.c.state.in_([literal(state.value, literal_execute=True) for state in states])


def latest_sequence(campaign: str, code: str) -> Select[int]:
    """Return the query of the sequence of an authority's latest audit."""
    return select(func.max(AUDIT.c.sequence)).where(AUDIT.c.campaign == campaign, AUDIT.c.code == code)


def latest_audits(campaign: str) -> Subquery:
    """Return the latest audit of each authority: its code and sequence."""
    return (
        select(AUDIT.c.code, func.max(AUDIT.c.sequence).label("sequence"))
        .where(AUDIT.c.campaign == campaign)
        .group_by(AUDIT.c.code)
        .subquery()
    )


def values_of(row: PlannedAudit, at: datetime) -> dict[str, object]:
    """Return the row of a planned audit."""
    return {
        "campaign": row.audit.campaign,
        "code": row.audit.code,
        "sequence": row.audit.sequence,
        "authority": row.authority.model_dump_json(exclude_defaults=True),
        "state": row.state.value,
        "reason": row.reason.value if row.reason else None,
        "priority": row.priority,
        "position": row.position,
        "host_group": row.host_group,
        "address_group": row.address_group,
        "confirmation": row.confirmation,
        "due_at": row.due_at,
        "attempts": 0,
        "moved_at": at,
        "closed_at": at if row.state.closed else None,
    }


def first_asked() -> ScalarSelect[datetime]:
    """Return, for a query over audits, when each was first asked for on demand; null when nobody did."""
    follows = REQUEST_AUDIT.alias("follows")
    return (
        select(func.min(REQUEST.c.received_at))
        .join(follows, follows.c.request == REQUEST.c.id)
        .where(
            follows.c.campaign == AUDIT.c.campaign,
            follows.c.code == AUDIT.c.code,
            follows.c.sequence == AUDIT.c.sequence,
        )
        .correlate(AUDIT)
        .scalar_subquery()
    )


def planned_audit(row: Row[Any]) -> PlannedAudit:
    """Return an audit as it was before its release."""
    return PlannedAudit(
        audit=AuditId(campaign=row.campaign, code=row.code, sequence=row.sequence),
        authority=Authority.model_validate_json(row.authority),
        state=AuditState.PLANNED,
        priority=row.priority,
        position=row.position,
        host_group=row.host_group,
        address_group=row.address_group,
        due_at=utc(row.due_at),
        confirmation=row.confirmation,
    )


def campaign_of(row: Row[tuple[object, ...]]) -> Campaign:
    """Return a campaign from its row."""
    return Campaign(
        name=row.name,
        created_at=utc(row.created_at),
        frame=row.frame,
        seed=row.seed,
        parameters=row.parameters,
        state=CampaignState(row.state),
        priority=row.priority,
        page_plan=row.page_plan,
        rule_set=row.rule_set,
        cron=row.cron,
        repeat_at=utc(row.repeat_at),
    )


def progress_of(rows: Sequence[Row[Any]]) -> Progress:
    """Return the equation over rows that say ``state``, ``reason``, ``audits`` and how many are ``confirming``."""
    counts = {(row.state, row.reason): int(row.audits) for row in rows}
    return Progress(
        planned=sum(counts.values()),
        measured=counts.get((AuditState.MEASURED.value, None), 0),
        unmeasured={r: n for (s, r), n in counts.items() if s == AuditState.UNMEASURED.value},
        excluded={r: n for (s, r), n in counts.items() if s == AuditState.EXCLUDED.value},
        waiting=sum(n for (s, _), n in counts.items() if s == AuditState.PLANNED.value),
        in_flight=sum(n for (s, _), n in counts.items() if s == AuditState.RELEASED.value),
        confirming=sum(int(row.confirming) for row in rows if row.state in _OPEN),
    )
