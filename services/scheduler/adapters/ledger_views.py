"""What can be read of the ledger, in SQL."""

from collections.abc import Iterable

from sqlalchemy import Engine, and_, func, select

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.runtime.tables import AUDIT, CAMPAIGN
from services.scheduler.adapters.ledger_rows import campaign_of, is_audit, latest_audits, latest_sequence
from services.scheduler.domain.campaign import Campaign
from services.scheduler.domain.conservation import Progress


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
