"""French typography: numbers, percentages, dates, and the spaces that must not break."""

import re
from datetime import UTC, datetime

NARROW = "\u202f"
NO_BREAK = "\u00a0"
NOT_MEASURABLE = "non mesurable"

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_RULES = (
    (re.compile(r"[ \u00a0](?=[;!?])"), NARROW),
    (re.compile(r"[ ](?=[:»%€])"), NO_BREAK),
    (re.compile(r"(?<=«)[ ]"), NO_BREAK),
    (re.compile(r"(?<=[0-9])[ ](?=[0-9]{3}(?![0-9]))"), NARROW),
    (re.compile(r"(?<=[≥≤<>])[ ](?=[0-9])"), NO_BREAK),
    (re.compile(r"(?<=[0-9])[ ](?=(?:px|ko|ms|s|pt|pts|hab)\b)"), NO_BREAK),
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
)


def number(value: float, decimals: int = 0) -> str:
    """Return a number as French reads it: ``1 234,5``, the minus sign a real one."""
    text = f"{value:,.{decimals}f}".replace(",", NARROW).replace(".", ",")
    return text.replace("-", "−")


def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share in 0..1 as a percentage, ``41,7 %``; words when there is none."""
    return NOT_MEASURABLE if share is None else f"{number(share * 100, decimals)}{NO_BREAK}%"


def interval(low: float | None, high: float | None) -> str:
    """Return two shares in 0..1 as ``40,1 – 43,3 %``; a dash when there is none."""
    if low is None or high is None:
        return "–"
    return f"{number(low * 100, 1)}{NO_BREAK}–{NO_BREAK}{number(high * 100, 1)}{NO_BREAK}%"


def date(time: datetime) -> str:
    """Return the day in universal time, ``23 novembre 2026``."""
    day = time.astimezone(UTC)
    ordinal = "1er" if day.day == 1 else str(day.day)
    return f"{ordinal}{NO_BREAK}{_MONTHS[day.month - 1]}{NO_BREAK}{day.year}"


def typography(text: str) -> str:
    """Return a French text with its spaces unbreakable where they must be and its apostrophes curved. Idempotent."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
