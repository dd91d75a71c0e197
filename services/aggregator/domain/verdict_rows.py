"""One verdict as the database keeps it."""

from typing import NamedTuple

from services.contracts.verdicts import State


class VerdictRow(NamedTuple):
    """The state of one indicator for one authority. A plain tuple: a national audit holds a million."""

    code: str
    indicator: str
    state: State
    number: float | None
    text: str | None
    confidence: float
    reasons: tuple[str, ...]
    rule: str
