"""When a browser has served long enough."""

from dataclasses import dataclass
from enum import StrEnum


class Start(StrEnum):
    """Why a browser is started: none was there yet, the one before has served long enough, or it died."""

    FIRST = "first"
    VISITS = "visits"
    AGE = "age"
    MEMORY = "memory"
    DIED = "died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What a browser has been through, or the most it may: visits, age in seconds, memory in megabytes."""

    visits: int
    seconds: float
    megabytes: float


def worn_out(wear: Wear, limits: Wear) -> Start | None:
    """Return why a browser is to be replaced, None when it may go on."""
    if wear.visits >= limits.visits:
        return Start.VISITS
    if wear.seconds >= limits.seconds:
        return Start.AGE
    if wear.megabytes >= limits.megabytes:
        return Start.MEMORY
    return None
