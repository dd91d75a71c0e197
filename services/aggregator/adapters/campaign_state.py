"""Which campaign stands for the country, and whether anything in it has changed."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from services.contracts.audits import is_standing
from services.runtime.database import utc
from services.runtime.tables import AUDIT, CAMPAIGN, VERDICT_SET

_NOT_BEGUN = "planned"


class Standing(NamedTuple):
    """A campaign as it stands; equal as long as no audit has moved and no verdict set came in."""

    campaign: str
    moved_at: datetime | None
    sets: int
    analyzed_at: datetime | None


class SqlCampaignState:
    """Reads where the newest campaign stands, in two cheap queries."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self) -> Standing | None:
        """Return where the newest campaign that has begun and is no standing one stands; None when there is none."""
        begun = select(CAMPAIGN.c.name).where(CAMPAIGN.c.state != _NOT_BEGUN).order_by(CAMPAIGN.c.created_at.desc())
        with self._engine.connect() as connection:
            name = next((name for name in connection.scalars(begun) if not is_standing(name)), None)
            if name is None:
                return None
            moved = select(func.max(AUDIT.c.moved_at)).where(AUDIT.c.campaign == name)
            sets = select(func.count(), func.max(VERDICT_SET.c.analyzed_at)).where(VERDICT_SET.c.campaign == name)
            count, analyzed_at = connection.execute(sets).one()
            return Standing(name, utc(connection.scalar(moved)), count, utc(analyzed_at))
