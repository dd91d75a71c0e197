"""Identity and life of an audit."""

import re
from enum import StrEnum
from typing import Final

from services.contracts.errors import BadInput
from services.contracts.model import Record

CANARY: Final = "canary"
"""The standing campaign of the canaries."""
ON_DEMAND: Final = "on-demand"
"""The standing campaign of the re-audits that no other campaign takes; once closed, the next is ``on-demand-2``."""
_STANDING = re.compile(rf"{CANARY}|{ON_DEMAND}(-[0-9]+)?")
_CAMPAIGN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SEQUENCE = re.compile(r"[0-9]{1,9}")


class AuditState(StrEnum):
    """Where an audit stands in the ledger."""

    PLANNED = "planned"
    RELEASED = "released"
    MEASURED = "measured"
    UNMEASURED = "unmeasured"
    EXCLUDED = "excluded"

    @property
    def closed(self) -> bool:
        """Whether nothing more will happen to the audit."""
        return self in (AuditState.MEASURED, AuditState.UNMEASURED, AuditState.EXCLUDED)


class AuditId(Record):
    """One authority in one campaign; ``sequence`` counts re-audits from 1."""

    campaign: str
    code: str
    sequence: int = 1

    def __str__(self) -> str:
        return f"{self.campaign}/{self.code}/{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "AuditId":
        """Read the text form back. Raises BadInput when it is not one."""
        parts = text.split("/")
        if len(parts) != 3 or not _SEQUENCE.fullmatch(parts[2]) or not _CAMPAIGN.fullmatch(parts[0]):
            raise BadInput(f"{text[:200]!r} is not an audit id: expected campaign/code/sequence")
        return cls(campaign=parts[0], code=parts[1], sequence=int(parts[2]))


def check_campaign_name(name: str) -> str:
    """Return the name unchanged. Raises BadInput when it cannot be part of a storage key."""
    if not _CAMPAIGN.fullmatch(name):
        raise BadInput(f"campaign name {name!r}: use lower-case letters, digits and hyphens, 63 at most")
    return name


def is_standing(campaign: str) -> bool:
    """Whether a campaign is always there and stands for no country: that of the canaries, those of re-audits."""
    return _STANDING.fullmatch(campaign) is not None
