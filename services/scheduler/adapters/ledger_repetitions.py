"""Campaigns that are planned again by themselves, in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, text, update
from sqlalchemy.exc import IntegrityError

from services.contracts.errors import BadInput
from services.runtime.locks import Lock, hold
from services.runtime.tables import AUDIT, CAMPAIGN
from services.scheduler.adapters.host_addresses import forget_addresses
from services.scheduler.adapters.ledger_rows import values_of
from services.scheduler.adapters.ledger_views import SqlLedgerViews
from services.scheduler.domain.campaign import Campaign, PlannedAudit


class SqlRepetitions(SqlLedgerViews):
    """Says when a campaign is planned again, and plans it once."""

    def schedule(self, name: str, cron: str | None, repeat_at: datetime | None) -> None:
        """Repeat a campaign at the times of a cron expression, or no more (both None). Raises BadInput."""
        with self._engine.begin() as connection:
            hold(connection, Lock.LEDGER)
            changed = update(CAMPAIGN).where(CAMPAIGN.c.name == name).values(cron=cron, repeat_at=repeat_at)
            if connection.execute(changed).rowcount == 0:
                raise BadInput(f"{name}: no such campaign; `commune-audit campaign list` shows them")

    def repeat(
        self, seen: Campaign, following: datetime, successor: Campaign | None, audits: Sequence[PlannedAudit]
    ) -> bool:
        """Record the campaign that repeats another, and the time after it; without a successor only that time.

        False, and nothing changed, when ``seen`` is not how the repeated campaign stands any more: another
        scheduler was faster, or an operator changed his mind.
        """
        try:
            with self._engine.begin() as connection:
                hold(connection, Lock.LEDGER)
                moved = connection.execute(
                    update(CAMPAIGN)
                    .where(
                        CAMPAIGN.c.name == seen.name,
                        CAMPAIGN.c.cron == seen.cron,
                        CAMPAIGN.c.repeat_at == seen.repeat_at,
                    )
                    .values(repeat_at=following)
                )
                if moved.rowcount and successor is not None:
                    insert_campaign(connection, successor, audits)
                return moved.rowcount == 1
        except IntegrityError:
            return False  # someone gave that name to a campaign meanwhile: another is chosen the next time


def insert_campaign(connection: Connection, campaign: Campaign, audits: Sequence[PlannedAudit]) -> None:
    """Write a campaign and its audits."""
    connection.execute(insert(CAMPAIGN), campaign.model_dump() | {"state": campaign.state.value})
    if audits:
        connection.execute(insert(AUDIT), [values_of(row, campaign.created_at) for row in audits])
    forget_addresses(connection, campaign.created_at)
    if connection.dialect.name == "postgresql":
        # Its planner would believe the table small until it has looked, and read all of it for each release.
        connection.execute(text("ANALYZE audit"))
