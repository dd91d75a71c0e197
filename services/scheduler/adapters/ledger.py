"""The ledger in SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.database import utc
from services.runtime.locks import Lock, hold
from services.runtime.tables import AUDIT, CAMPAIGN
from services.scheduler.domain.campaign import Campaign, PlannedAudit
from services.scheduler.domain.campaign_state import CampaignState, Order, after
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.host_groups import host_group

_OPEN = (AuditState.PLANNED.value, AuditState.RELEASED.value)
_SCAN = 500
"""Waiting rows looked at beyond the room, because several may belong to one host group."""
_BATCH = 500


class SqlLedger:
    """The ledger on a database. Safe for several threads and several processes.

    What moves many audits at once holds the ledger's lock: two schedulers take turns. Closing an audit does not.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, campaign: Campaign, audits: Sequence[PlannedAudit]) -> None:
        """Record a campaign and its audits. Raises BadInput when the name is taken."""
        with self._engine.begin() as connection:
            if connection.scalar(select(CAMPAIGN.c.name).where(CAMPAIGN.c.name == campaign.name)):
                raise BadInput(f"campaign {campaign.name!r} exists already: choose another name")
            try:
                connection.execute(insert(CAMPAIGN), campaign.model_dump() | {"state": campaign.state.value})
            except IntegrityError:
                raise BadInput(f"campaign {campaign.name!r} was just created: choose another name") from None
            if audits:
                connection.execute(insert(AUDIT), [_values(row, campaign.created_at) for row in audits])
            if connection.dialect.name == "postgresql":
                # Its planner would believe the table small until it has looked, and read all of it for each release.
                connection.execute(text("ANALYZE audit"))

    def campaign(self, name: str) -> Campaign | None:
        """Return a campaign, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(CAMPAIGN).where(CAMPAIGN.c.name == name)).one_or_none()
        return _campaign(row) if row else None

    def campaigns(self) -> tuple[Campaign, ...]:
        """Return all campaigns, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(CAMPAIGN).order_by(CAMPAIGN.c.created_at)).all()
        return tuple(_campaign(row) for row in rows)

    def order(self, name: str, order: Order, at: datetime) -> CampaignState:
        """Carry out an operator's order and return the campaign's new state. Raises BadInput.

        Closing also closes the audits that still wait; those in hand finish.
        """
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            found = connection.scalar(select(CAMPAIGN.c.state).where(CAMPAIGN.c.name == name))
            if found is None:
                raise BadInput(f"{name}: no such campaign; `commune-audit campaign list` shows them")
            state = after(CampaignState(found), order)
            connection.execute(update(CAMPAIGN).where(CAMPAIGN.c.name == name).values(state=state.value))
            if state is CampaignState.CLOSED:
                connection.execute(
                    update(AUDIT)
                    .where(AUDIT.c.campaign == name, AUDIT.c.state == AuditState.PLANNED.value)
                    .values(
                        state=AuditState.UNMEASURED.value,
                        reason=Reason.CAMPAIGN_CLOSED.value,
                        closed_at=at,
                        moved_at=at,
                    )
                )
        return state

    def release(
        self, campaign: str, room: int, at: datetime, *, least_priority: Priority = Priority.CAMPAIGN
    ) -> list[PlannedAudit]:
        """Mark at most ``room`` audits as released and return them, on-demand work first."""
        if room <= 0:
            return []
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            query = _waiting(campaign, at).where(AUDIT.c.priority >= int(least_priority))
            waiting = connection.execute(query.limit(_SCAN + room)).all()
            chosen = _one_per_group(waiting, room)
            released: list[Row[Any]] = []
            for start in range(0, len(chosen), _BATCH):
                released += connection.execute(_release(campaign, chosen[start : start + _BATCH], at))
        released.sort(key=lambda row: (-row.priority, row.position))
        return [_planned(row) for row in released]

    def close(self, audit: AuditId, unmeasured: Reason | None, at: datetime) -> bool:
        """Close an audit; False when it was closed already."""
        state = AuditState.UNMEASURED if unmeasured else AuditState.MEASURED
        with self._engine.begin() as connection:
            result = connection.execute(
                update(AUDIT)
                .where(_is(audit), AUDIT.c.state.in_(_OPEN))
                .values(state=state.value, reason=_value(unmeasured), closed_at=at, moved_at=at)
            )
        return result.rowcount == 1

    def rejudge(self, audit: AuditId, unmeasured: Reason | None, at: datetime) -> None:
        """Correct the end of a closed audit whose capture was judged again under other rules."""
        state = AuditState.UNMEASURED if unmeasured else AuditState.MEASURED
        closed = (AuditState.MEASURED.value, AuditState.UNMEASURED.value)
        with self._engine.begin() as connection:
            connection.execute(
                update(AUDIT)
                .where(_is(audit), AUDIT.c.state.in_(closed))
                .values(state=state.value, reason=_value(unmeasured), moved_at=at)
            )

    def unrelease(self, audits: Sequence[AuditId], at: datetime) -> None:
        """Take back the release of audits that could not be published; it does not count as an attempt."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            for audit in audits:
                connection.execute(
                    update(AUDIT).where(_is(audit), AUDIT.c.state == AuditState.RELEASED.value).values(_given_back(at))
                )

    def give_back(self, campaign: str, at: datetime) -> int:
        """Return every released audit to the queue: their messages are gone."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            return connection.execute(
                update(AUDIT)
                .where(AUDIT.c.campaign == campaign, AUDIT.c.state == AuditState.RELEASED.value)
                .values(_given_back(at))
            ).rowcount

    def reconcile(self, campaign: str, *, stale_before: datetime, max_releases: int, at: datetime) -> tuple[int, int]:
        """Release again what has not moved; close as stuck what never will."""
        stale = and_(
            AUDIT.c.campaign == campaign,
            AUDIT.c.state == AuditState.RELEASED.value,
            AUDIT.c.moved_at < stale_before,
        )
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            stuck = connection.execute(
                update(AUDIT)
                .where(stale, AUDIT.c.attempts >= max_releases)
                .values(state=AuditState.UNMEASURED.value, reason=Reason.STUCK.value, closed_at=at, moved_at=at)
            ).rowcount
            again = connection.execute(
                update(AUDIT).where(stale).values(state=AuditState.PLANNED.value, released_at=None, moved_at=at)
            ).rowcount
        return again, stuck

    def request(self, campaign: str, authorities: Sequence[Authority], at: datetime) -> list[AuditId]:
        """Plan a new audit of each authority, ahead of the campaign; an open audit is moved ahead instead."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            return [_request(connection, campaign, authority, at) for authority in authorities]

    def progress(self, campaign: str) -> Progress:
        """Return the counts of the conservation equation, over each authority's latest audit."""
        latest = _latest(campaign)
        query = (
            select(AUDIT.c.state, AUDIT.c.reason, func.count())
            .join(latest, and_(AUDIT.c.code == latest.c.code, AUDIT.c.sequence == latest.c.sequence))
            .where(AUDIT.c.campaign == campaign)
            .group_by(AUDIT.c.state, AUDIT.c.reason)
        )
        with self._engine.connect() as connection:
            counts = {(state, reason): int(n) for state, reason, n in connection.execute(query)}
        return Progress(
            planned=sum(counts.values()),
            measured=counts.get((AuditState.MEASURED.value, None), 0),
            unmeasured={r: n for (s, r), n in counts.items() if s == AuditState.UNMEASURED.value},
            excluded={r: n for (s, r), n in counts.items() if s == AuditState.EXCLUDED.value},
            waiting=sum(n for (s, _), n in counts.items() if s == AuditState.PLANNED.value),
            in_flight=sum(n for (s, _), n in counts.items() if s == AuditState.RELEASED.value),
        )

    def closed(self, campaign: str) -> list[AuditId]:
        """Return each authority's latest audit where it was measured or found unmeasured, by code."""
        latest = _latest(campaign)
        query = (
            select(AUDIT.c.code, AUDIT.c.sequence)
            .join(latest, and_(AUDIT.c.code == latest.c.code, AUDIT.c.sequence == latest.c.sequence))
            .where(
                AUDIT.c.campaign == campaign,
                AUDIT.c.state.in_((AuditState.MEASURED.value, AuditState.UNMEASURED.value)),
            )
            .order_by(AUDIT.c.code)
        )
        with self._engine.connect() as connection:
            return [
                AuditId(campaign=campaign, code=code, sequence=sequence) for code, sequence in connection.execute(query)
            ]

    def latest(self, campaign: str, code: str) -> AuditId | None:
        """Return the latest audit of an authority, or None."""
        with self._engine.connect() as connection:
            sequence = connection.execute(_latest_sequence(campaign, code)).scalar_one_or_none()
        return AuditId(campaign=campaign, code=code, sequence=sequence) if sequence else None

    def authority(self, campaign: str, code: str) -> Authority | None:
        """Return an authority as the campaign knows it, or None."""
        with self._engine.connect() as connection:
            document = connection.scalar(
                select(AUDIT.c.authority)
                .where(AUDIT.c.campaign == campaign, AUDIT.c.code == code)
                .order_by(AUDIT.c.sequence.desc())
                .limit(1)
            )
        return Authority.model_validate_json(document) if document else None


def _waiting(campaign: str, at: datetime) -> Select[Any]:
    """Return the query of the audits that may be released now, in order; it locks their rows.

    A row that another transaction is moving at this moment is left for the next time.
    """
    out = AUDIT.alias("out")
    group_is_busy = exists().where(out.c.host_group == AUDIT.c.host_group, out.c.state == _literal(AuditState.RELEASED))
    return (
        select(AUDIT.c.code, AUDIT.c.host_group)
        .where(
            AUDIT.c.campaign == campaign,
            AUDIT.c.state == _literal(AuditState.PLANNED),
            AUDIT.c.due_at.is_(None) | (AUDIT.c.due_at <= at),
            ~group_is_busy,
        )
        .order_by(AUDIT.c.priority.desc(), AUDIT.c.position)
        .with_for_update(of=AUDIT, skip_locked=True)
    )


def _release(campaign: str, codes: Sequence[str], at: datetime) -> ReturningUpdate[Any]:
    """Return the statement that releases the waiting audits of some authorities: each has at most one."""
    return (
        update(AUDIT)
        .where(AUDIT.c.campaign == campaign, AUDIT.c.code.in_(codes), AUDIT.c.state == _literal(AuditState.PLANNED))
        .values(state=AuditState.RELEASED.value, released_at=at, moved_at=at, attempts=AUDIT.c.attempts + 1)
        .returning(AUDIT)
    )


def _literal(state: AuditState) -> ColumnElement[str]:
    """Return a state as a part of the statement, so that the planner knows which partial index holds it."""
    return literal(state.value, literal_execute=True)


def _one_per_group(waiting: Iterable[Row[Any]], room: int) -> list[str]:
    """Return the codes of the first ``room`` audits, never two of one host group."""
    chosen: list[str] = []
    groups: set[str] = set()
    for row in waiting:
        if len(chosen) == room:
            break
        if row.host_group in groups:
            continue
        if row.host_group is not None:
            groups.add(row.host_group)
        chosen.append(row.code)
    return chosen


def _value(reason: Reason | None) -> str | None:
    return reason.value if reason else None


def _request(connection: Connection, campaign: str, authority: Authority, at: datetime) -> AuditId:
    sequence = connection.execute(_latest_sequence(campaign, authority.code)).scalar_one_or_none() or 0
    current = AuditId(campaign=campaign, code=authority.code, sequence=sequence)
    moved = connection.execute(
        update(AUDIT)
        .where(_is(current), AUDIT.c.state.in_(_OPEN))
        .values(
            priority=case((AUDIT.c.state == AuditState.PLANNED.value, Priority.ON_DEMAND.value), else_=AUDIT.c.priority)
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
    )
    connection.execute(insert(AUDIT), _values(row, at))
    return audit


def _latest_sequence(campaign: str, code: str) -> Select[int]:
    return select(func.max(AUDIT.c.sequence)).where(AUDIT.c.campaign == campaign, AUDIT.c.code == code)


def _latest(campaign: str) -> Subquery:
    return (
        select(AUDIT.c.code, func.max(AUDIT.c.sequence).label("sequence"))
        .where(AUDIT.c.campaign == campaign)
        .group_by(AUDIT.c.code)
        .subquery()
    )


def _is(audit: AuditId) -> ColumnElement[bool]:
    return and_(AUDIT.c.campaign == audit.campaign, AUDIT.c.code == audit.code, AUDIT.c.sequence == audit.sequence)


def _given_back(at: datetime) -> dict[Any, Any]:
    return {
        AUDIT.c.state: AuditState.PLANNED.value,
        AUDIT.c.released_at: None,
        AUDIT.c.moved_at: at,
        AUDIT.c.attempts: AUDIT.c.attempts - 1,
    }


def _values(row: PlannedAudit, at: datetime) -> dict[str, object]:
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
        "attempts": 0,
        "moved_at": at,
        "closed_at": at if row.state.closed else None,
    }


def _planned(row: Row[Any]) -> PlannedAudit:
    """Return an audit as it was before its release."""
    return PlannedAudit(
        audit=AuditId(campaign=row.campaign, code=row.code, sequence=row.sequence),
        authority=Authority.model_validate_json(row.authority),
        state=AuditState.PLANNED,
        priority=row.priority,
        position=row.position,
        host_group=row.host_group,
    )


def _campaign(row: Row[tuple[object, ...]]) -> Campaign:
    return Campaign(
        name=row.name,
        created_at=utc(row.created_at),
        frame=row.frame,
        seed=row.seed,
        parameters=row.parameters,
        state=CampaignState(row.state),
    )
