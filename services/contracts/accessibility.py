"""What the accessibility engine axe-core said of a page, as a capture keeps it."""

from enum import StrEnum

from services.contracts.model import Record


class AxeOutcome(StrEnum):
    """What a rule found on a page. Rules that concern nothing on it are not kept."""

    SUCCESS = "pass"
    INCOMPLETE = "incomplete"
    """A person has to look."""
    VIOLATION = "violation"


class AxeRule(Record):
    """One rule: how many elements it speaks of, and the selectors of the first ones where it is not met."""

    id: str
    outcome: AxeOutcome
    impact: str | None = None
    nodes: int = 0
    targets: tuple[str, ...] = ()


class AxeRecord(Record):
    """The rules that concern a page, by the version of axe-core that judged them."""

    version: str
    rules: tuple[AxeRule, ...] = ()
