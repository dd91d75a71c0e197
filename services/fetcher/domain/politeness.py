"""How far apart our requests to a host are, from what the host answers.

A server that refuses or slows down gets fewer requests, one that recovers gets the ordinary pace back.
"""

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.resources import files

from services.contracts.capture import Hop


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What matters of one answer: whether it refuses, how long it took, how long it asks us to wait (seconds)."""

    refuses: bool = False
    seconds: float = 0.0
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of one host: seconds between two requests, and what it was learned from."""

    spacing: float
    refusals: int = 0
    """Refusals since the last other answer."""
    calm: float | None = None
    """The fastest answer so far, in seconds."""

    @property
    def unwelcome(self) -> bool:
        """Whether the host refused so often in a row that asking on would be rude and useless."""
        return self.refusals >= int(_rules()["refusal"]["in_a_row_to_stop"])


@cache
def _rules() -> dict[str, dict[str, float]]:
    return tomllib.loads(files(__package__).joinpath("politeness.toml").read_text(encoding="utf-8"))


def answer_of(hop: Hop) -> Answer:
    """Return what an exchange says about our pace. Retry-After is a number of seconds or a date (RFC 9110 §10.2.3)."""
    asked = hop.header("retry-after")
    refuses = hop.status == 429 or (hop.status == 503 and asked is not None)
    return Answer(
        refuses=refuses, seconds=hop.seconds, wait=_seconds(asked, hop.at) if refuses and asked is not None else 0.0
    )


def after(pace: Pace, answer: Answer, *, least: float, most: float) -> Pace:
    """Return the pace after an answer, its spacing within ``least`` and ``most`` seconds."""
    if answer.refuses:
        rule = _rules()["refusal"]
        wanted = max(pace.spacing * rule["factor"], rule["least_seconds"])
        return replace(pace, spacing=_within(wanted, least, most), refusals=pace.refusals + 1)
    rule = _rules()["latency"]
    calm = answer.seconds if pace.calm is None else min(pace.calm, answer.seconds)
    wanted = answer.seconds
    if wanted >= rule["least_seconds"] and wanted >= rule["rise"] * calm:
        wanted *= rule["factor"]
    if wanted < pace.spacing:
        wanted = (pace.spacing + max(wanted, least)) / 2
    return Pace(spacing=_within(wanted, least, most), refusals=0, calm=calm)


def _within(seconds: float, least: float, most: float) -> float:
    return max(least, min(seconds, most))


def _seconds(text: str, at: datetime) -> float:
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max((parsedate_to_datetime(text) - at).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return 0.0
