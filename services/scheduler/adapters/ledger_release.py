"""Which audits may be released now, and the statements that move them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from services.contracts.audits import AuditState
from services.runtime.tables import AUDIT
from services.scheduler.adapters.host_rules import group_is_stopped
from services.scheduler.adapters.ledger_rows import IN_FLIGHT, WAITING


def waiting_audits(campaign: str, at: datetime) -> Select[Any]:
    """Return the query of the audits that may be released now, in order; it locks their rows.

    A row that another transaction is moving at this moment is left for the next time.
    """
    out = AUDIT.alias("out")
    is_out = out.c.state == IN_FLIGHT
    group_is_busy = exists().where(out.c.host_group == AUDIT.c.host_group, is_out)
    address_is_busy = exists().where(out.c.address_group == AUDIT.c.address_group, is_out)
    return (
        select(AUDIT.c.code, AUDIT.c.host_group, AUDIT.c.address_group)
        .where(
            AUDIT.c.campaign == campaign,
            AUDIT.c.state == WAITING,
            AUDIT.c.due_at.is_(None) | (AUDIT.c.due_at <= at),
            ~group_is_busy,
            ~address_is_busy,
            ~group_is_stopped(),
        )
        .order_by(AUDIT.c.priority.desc(), AUDIT.c.position)
        .with_for_update(of=AUDIT, skip_locked=True)
    )


def release_statement(campaign: str, codes: Sequence[str], at: datetime) -> ReturningUpdate[Any]:
    """Return the statement that releases the waiting audits of some authorities: each has at most one."""
    return (
        update(AUDIT)
        .where(AUDIT.c.campaign == campaign, AUDIT.c.code.in_(codes), AUDIT.c.state == WAITING)
        .values(state=AuditState.RELEASED.value, released_at=at, moved_at=at, attempts=AUDIT.c.attempts + 1)
        .returning(AUDIT)
    )


def one_per_group(waiting: Iterable[Row[Any]], room: int, resting: Iterable[str] = ()) -> list[str]:
    """Return the codes of the first ``room`` audits, never two of one host group or address, none of one at rest."""
    chosen: list[str] = []
    taken = set(resting)
    for row in waiting:
        if len(chosen) == room:
            break
        groups = {row.host_group, row.address_group} - {None}
        if groups.isdisjoint(taken):
            taken |= groups
            chosen.append(row.code)
    return chosen


def given_back(at: datetime) -> dict[Any, Any]:
    """Return what a release that never happened leaves: it does not count as an attempt."""
    return {
        AUDIT.c.state: AuditState.PLANNED.value,
        AUDIT.c.released_at: None,
        AUDIT.c.moved_at: at,
        AUDIT.c.attempts: AUDIT.c.attempts - 1,
    }
