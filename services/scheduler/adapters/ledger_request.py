"""A re-audit of one authority, within a transaction of the ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, insert, select, update

from services.contracts.audits import CANARY, AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.messages import Priority
from services.runtime.database import utc
from services.runtime.tables import AUDIT, REQUEST, REQUEST_AUDIT
from services.scheduler.adapters.host_addresses import known_address
from services.scheduler.adapters.ledger_rows import is_audit, latest_sequence, planned_audit, values_of
from services.scheduler.domain.campaign import PlannedAudit
from services.scheduler.domain.host_groups import host_group

_FOLLOWED = 10
"""Requests of one audit whose ids travel with it."""
OPEN = (AuditState.PLANNED.value, AuditState.RELEASED.value)


def plan_request(connection: Connection, campaign: str, authority: Authority, at: datetime) -> AuditId:
    """Plan a new audit ahead of the campaign, or move an open one ahead; within a transaction that holds the ledger."""
    sequence = connection.execute(latest_sequence(campaign, authority.code)).scalar_one_or_none() or 0
    current = AuditId(campaign=campaign, code=authority.code, sequence=sequence)
    moved = connection.execute(
        update(AUDIT)
        .where(is_audit(current), AUDIT.c.state.in_(OPEN))
        .values(
            priority=case(
                (AUDIT.c.state == AuditState.PLANNED.value, Priority.ON_DEMAND.value), else_=AUDIT.c.priority
            ),
            due_at=None,
        )
    )
    if moved.rowcount:
        return current
    audit = AuditId(campaign=campaign, code=authority.code, sequence=sequence + 1)
    row = PlannedAudit(
        audit=audit,
        authority=authority,
        state=AuditState.PLANNED,
        priority=Priority.ON_DEMAND,
        position=0,
        host_group=host_group(authority.declared_url),
        address_group=known_address(connection, authority.declared_url, at),
    )
    connection.execute(insert(AUDIT), values_of(row, at))
    return audit


def asked_for(connection: Connection, released: Row[Any]) -> PlannedAudit:
    """Return an audit as it was before its release, with the requests that it answers.

    With the time of the first one where this release is what follows first. Nobody waits for a canary: how soon
    one starts is not what operators were promised.
    """
    audit = planned_audit(released)
    if audit.priority < Priority.ON_DEMAND:
        return audit
    asked = connection.execute(
        select(REQUEST.c.id, REQUEST.c.received_at)
        .join(REQUEST_AUDIT, REQUEST_AUDIT.c.request == REQUEST.c.id)
        .where(
            REQUEST_AUDIT.c.campaign == audit.audit.campaign,
            REQUEST_AUDIT.c.code == audit.audit.code,
            REQUEST_AUDIT.c.sequence == audit.audit.sequence,
        )
        .order_by(REQUEST.c.received_at, REQUEST.c.id)
        .limit(_FOLLOWED)
    ).all()
    is_first = released.attempts <= 1 and released.campaign != CANARY
    first = utc(asked[0].received_at) if asked and is_first else None
    requests = tuple(dict.fromkeys(row.id for row in asked))
    return audit.model_copy(update={"asked_at": first, "requests": requests})
