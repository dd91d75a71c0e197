"""When a browser has served long enough."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What a browser has been through, or the most it may: visits, age in seconds, memory in megabytes."""

    visits: int
    seconds: float
    megabytes: float


def worn_out(wear: Wear, limits: Wear) -> str | None:
    """Return why a browser is to be replaced, None when it may go on."""
    if wear.visits >= limits.visits:
        return "it has shown enough sites"
    if wear.seconds >= limits.seconds:
        return "it is old"
    if wear.megabytes >= limits.megabytes:
        return "it has grown"
    return None
