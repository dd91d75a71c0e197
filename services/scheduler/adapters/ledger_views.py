"""What can be read of the ledger, in SQL."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine, and_, case, exists, func, select

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.database import utc
from services.runtime.tables import AUDIT, CAMPAIGN
from services.scheduler.adapters.host_addresses import known_addresses
from services.scheduler.adapters.ledger_rows import (
    campaign_of,
    is_audit,
    is_one_of,
    latest_audits,
    latest_sequence,
    progress_of,
)
from services.scheduler.domain.campaign import Campaign
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.pace import RECENT, Activity

_OPEN = (AuditState.PLANNED, AuditState.RELEASED)


class SqlLedgerViews:
    """Reads the ledger. Nothing here locks or changes a row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def campaign(self, name: str) -> Campaign | None:
        """Return a campaign, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(CAMPAIGN).where(CAMPAIGN.c.name == name)).one_or_none()
        return campaign_of(row) if row else None

    def campaigns(self) -> tuple[Campaign, ...]:
        """Return all campaigns, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(CAMPAIGN).order_by(CAMPAIGN.c.created_at)).all()
        return tuple(campaign_of(row) for row in rows)

    def progress(self, campaign: str) -> Progress:
        """Return the counts of the conservation equation, over each authority's latest audit."""
        latest = latest_audits(campaign)
        confirming = func.count(AUDIT.c.confirmation).label("confirming")
        query = (
            select(AUDIT.c.state, AUDIT.c.reason, func.count().label("audits"), confirming)
            .join(latest, and_(AUDIT.c.code == latest.c.code, AUDIT.c.sequence == latest.c.sequence))
            .where(AUDIT.c.campaign == campaign)
            .group_by(AUDIT.c.state, AUDIT.c.reason)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return progress_of(rows)

    def unfinished(self) -> set[str]:
        """Return the names of the campaigns that have an open audit."""
        work_left = exists().where(AUDIT.c.campaign == CAMPAIGN.c.name, is_one_of(*_OPEN))
        query = select(CAMPAIGN.c.name).where(work_left)
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def in_flight(self, least_priority: Priority) -> int:
        """Return how many audits of all campaigns are in hand, of a priority or a higher one."""
        query = select(func.count()).where(is_one_of(AuditState.RELEASED), AUDIT.c.priority >= int(least_priority))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def activity(self, campaign: str, at: datetime) -> Activity:
        """Return what happened in a campaign lately."""
        mine = AUDIT.c.campaign == campaign
        ended = (AUDIT.c.reason.is_(None)) | (AUDIT.c.reason != Reason.CAMPAIGN_CLOSED.value)
        visited = AUDIT.c.state.in_((AuditState.MEASURED.value, AuditState.UNMEASURED.value))
        closed = select(func.count()).select_from(AUDIT).where(mine, AUDIT.c.closed_at > at - RECENT, visited, ended)
        due = select(func.max(AUDIT.c.due_at)).where(mine, AUDIT.c.state == AuditState.PLANNED.value)
        with self._engine.connect() as connection:
            return Activity(
                began=utc(connection.scalar(select(func.min(AUDIT.c.released_at)).where(mine))),
                closed=connection.execute(closed).scalar_one(),
                last_due=utc(connection.scalar(due)),
            )

    def idle_until(self, campaign: str, at: datetime) -> datetime | None:
        """Return when the next audit falls due, where all that is left waits for its time; None otherwise."""
        later = case((and_(AUDIT.c.state == AuditState.PLANNED.value, AUDIT.c.due_at > at), 1), else_=0)
        query = select(
            func.count().label("left"), func.sum(later).label("later"), func.min(AUDIT.c.due_at).label("due")
        )
        with self._engine.connect() as connection:
            row = connection.execute(query.where(AUDIT.c.campaign == campaign, is_one_of(*_OPEN))).one()
        return utc(row.due) if row.left and row.left == row.later else None

    def addresses(self, at: datetime) -> dict[str, str]:
        """Return the learned address of each host."""
        with self._engine.connect() as connection:
            return known_addresses(connection, at)

    def authorities(self, campaign: str) -> list[Authority]:
        """Return the authorities of a campaign, in its order."""
        query = select(AUDIT.c.authority).where(AUDIT.c.campaign == campaign, AUDIT.c.sequence == 1)
        with self._engine.connect() as connection:
            documents = connection.scalars(query.order_by(AUDIT.c.position)).all()
        return [Authority.model_validate_json(document) for document in documents]

    def closed(self, campaign: str) -> list[AuditId]:
        """Return each authority's latest audit where it was measured or found unmeasured, by code."""
        latest = latest_audits(campaign)
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
            sequence = connection.execute(latest_sequence(campaign, code)).scalar_one_or_none()
        return AuditId(campaign=campaign, code=code, sequence=sequence) if sequence else None

    def standings(self, audits: Iterable[AuditId]) -> dict[AuditId, tuple[AuditState, str | None]]:
        """Return the state of each audit, and why it is unmeasured or excluded; unknown audits are left out."""
        found = {}
        with self._engine.connect() as connection:
            for audit in audits:
                row = connection.execute(select(AUDIT.c.state, AUDIT.c.reason).where(is_audit(audit))).one_or_none()
                if row is not None:
                    found[audit] = (AuditState(row.state), row.reason)
        return found

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
