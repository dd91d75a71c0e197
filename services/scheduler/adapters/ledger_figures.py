"""The figures of the ledger that the metrics show, in a few grouped queries."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, case, func, or_, select

from services.contracts.audits import CANARY, AuditState
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.database import utc
from services.runtime.tables import AUDIT, CAMPAIGN, HOST_RULE
from services.scheduler.adapters.ledger_rows import is_one_of, progress_of
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.host_rules import RuleKind
from services.scheduler.domain.ledger_figures import GroupEnd, LedgerFigures, OpenCampaign, Queue
from services.scheduler.domain.pace import RECENT, Activity

_ENDED_WITHIN = timedelta(days=1)
_IS_OPEN = CAMPAIGN.c.state != CampaignState.CLOSED.value
_COUNTS = and_(_IS_OPEN, CAMPAIGN.c.name != CANARY)
"""The canaries are for ever open and blocked on purpose: they have figures of their own."""
_OF_CAMPAIGN = CAMPAIGN.c.name == AUDIT.c.campaign
_OPEN = (AuditState.PLANNED, AuditState.RELEASED)
_WAITS = AUDIT.c.state == AuditState.PLANNED.value


class SqlLedgerFigures:
    """Reads the whole ledger; nothing here locks a row. A full country takes well under a second."""

    def __init__(self, engine: Engine, groups: Collection[str]) -> None:
        self._engine = engine
        self._groups = tuple(groups)

    def read(self, at: datetime) -> LedgerFigures:
        """Return the figures. Host groups that were not named are one, named by the empty text."""
        with self._engine.connect() as connection:
            states = connection.execute(select(CAMPAIGN.c.state, func.count()).group_by(CAMPAIGN.c.state)).all()
            stopped = select(func.count()).where(HOST_RULE.c.kind == RuleKind.STOPPED.value)
            return LedgerFigures(
                campaigns={CampaignState(state): number for state, number in states},
                open_ones=_open_campaigns(connection, at),
                queues=_queues(connection, at),
                ended=_ended(connection, at, self._groups),
                stopped_groups=connection.execute(stopped).scalar_one(),
            )


def _open_campaigns(connection: Connection, at: datetime) -> tuple[OpenCampaign, ...]:
    counted: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_counts()):
        counted.setdefault(row.campaign, []).append(row)
    return tuple(
        OpenCampaign(
            state=CampaignState(row.state),
            authorities=counted[row.name][0].authorities,
            progress=progress_of(counted[row.name]),
            activity=Activity(began=utc(row.began), closed=row.closed, last_due=utc(row.last_due)),
        )
        for row in connection.execute(_activities(at))
        if row.name in counted
    )


def _counts() -> Select[Any]:
    """Return the query of the audits of each open campaign by state and reason, each authority's latest.

    The authorities are counted in the same statement, by another way: both see the same moment.
    """
    latest = (
        select(AUDIT.c.campaign, AUDIT.c.code, func.max(AUDIT.c.sequence).label("sequence"))
        .join(CAMPAIGN, _OF_CAMPAIGN)
        .where(_COUNTS)
        .group_by(AUDIT.c.campaign, AUDIT.c.code)
        .subquery()
    )
    is_latest = and_(
        AUDIT.c.campaign == latest.c.campaign, AUDIT.c.code == latest.c.code, AUDIT.c.sequence == latest.c.sequence
    )
    known = (
        select(AUDIT.c.campaign, func.count(AUDIT.c.code.distinct()).label("authorities"))
        .group_by(AUDIT.c.campaign)
        .subquery()
    )
    by = (AUDIT.c.campaign, AUDIT.c.state, AUDIT.c.reason, known.c.authorities)
    return (
        select(*by, func.count().label("audits"), func.count(AUDIT.c.confirmation).label("confirming"))
        .join(latest, is_latest)
        .join(known, known.c.campaign == AUDIT.c.campaign)
        .group_by(*by)
    )


def _activities(at: datetime) -> Select[Any]:
    """Return the query of what happened lately in each open campaign."""
    visited = AUDIT.c.state.in_((AuditState.MEASURED.value, AuditState.UNMEASURED.value))
    ended = or_(AUDIT.c.reason.is_(None), AUDIT.c.reason != Reason.CAMPAIGN_CLOSED.value)
    lately = and_(AUDIT.c.closed_at > at - RECENT, visited, ended)
    return (
        select(
            CAMPAIGN.c.name,
            CAMPAIGN.c.state,
            func.min(AUDIT.c.released_at).label("began"),
            func.sum(case((lately, 1), else_=0)).label("closed"),
            func.max(case((_WAITS, AUDIT.c.due_at))).label("last_due"),
        )
        .join(AUDIT, _OF_CAMPAIGN)
        .where(_COUNTS)
        .group_by(CAMPAIGN.c.name, CAMPAIGN.c.state)
    )


def _queues(connection: Connection, at: datetime) -> dict[Priority, Queue]:
    released = and_(
        _WAITS,
        or_(AUDIT.c.due_at.is_(None), AUDIT.c.due_at <= at),
        # Of a campaign that does not run only what was asked for on demand is released.
        or_(CAMPAIGN.c.state == CampaignState.RUNNING.value, AUDIT.c.priority >= int(Priority.ON_DEMAND)),
    )
    since = case((AUDIT.c.due_at > AUDIT.c.moved_at, AUDIT.c.due_at), else_=AUDIT.c.moved_at)
    query = (
        select(
            AUDIT.c.priority,
            func.sum(case((released, 1), else_=0)).label("waiting"),
            func.min(case((released, since))).label("waiting_since"),
            func.min(case((_WAITS, None), else_=AUDIT.c.released_at)).label("in_hand_since"),
        )
        .join(CAMPAIGN, _OF_CAMPAIGN)
        .where(_IS_OPEN | (AUDIT.c.state == AuditState.RELEASED.value), is_one_of(*_OPEN))
        .group_by(AUDIT.c.priority)
    )
    return {
        Priority(row.priority): Queue(
            waiting=row.waiting, waiting_since=utc(row.waiting_since), in_hand_since=utc(row.in_hand_since)
        )
        for row in connection.execute(query)
    }


def _ended(connection: Connection, at: datetime, groups: Collection[str]) -> tuple[GroupEnd, ...]:
    group = case((AUDIT.c.host_group.in_(groups), AUDIT.c.host_group), else_="").label("host_group")
    query = (
        select(group, AUDIT.c.state, AUDIT.c.reason, func.count().label("audits"))
        .join(CAMPAIGN, _OF_CAMPAIGN)
        .where(_COUNTS, AUDIT.c.closed_at > at - _ENDED_WITHIN, AUDIT.c.host_group.is_not(None))
        .group_by(group, AUDIT.c.state, AUDIT.c.reason)
    )
    return tuple(
        GroupEnd(host_group=row.host_group, state=AuditState(row.state), reason=row.reason, audits=row.audits)
        for row in connection.execute(query)
    )
