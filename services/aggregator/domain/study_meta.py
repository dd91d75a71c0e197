"""What a published study says of itself: when, from what, under which rules, and whether it adds up."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from services.aggregator.domain.estimators import METHOD
from services.aggregator.domain.outcomes import Conservation, Outcome
from services.contracts.model import Record


class StudyMeta(Record):
    """The header of ``statistics.json``. ``rule_sets`` counts the verdict sets by the rules they were judged under.

    ``first_capture`` and ``last_capture`` bound the visits whose verdicts count. ``synthetic`` means that
    the sites were made up: the figures describe no real authority.
    """

    schema_version: int = 1
    campaign: str
    generated_at: datetime
    synthetic: bool
    frame: str
    rule_set: str
    rule_sets: dict[str, int]
    first_capture: datetime | None
    last_capture: datetime | None
    interval: str = METHOD
    licence: str = "Licence Ouverte 2.0"
    conservation: Conservation


def describe(
    outcomes: Iterable[Outcome],
    balance: Conservation,
    *,
    campaign: str,
    generated_at: datetime,
    synthetic: bool,
    frame: str,
    rule_set: str,
) -> StudyMeta:
    """Return the header of a study."""
    sets = [outcome.verdict_set for outcome in outcomes if outcome.verdict_set]
    return StudyMeta(
        campaign=campaign,
        generated_at=generated_at,
        synthetic=synthetic,
        frame=frame,
        rule_set=rule_set,
        rule_sets=dict(sorted(Counter(s.rule_set for s in sets).items())),
        first_capture=min((s.captured_at for s in sets), default=None),
        last_capture=max((s.captured_at for s in sets), default=None),
        conservation=balance,
    )
