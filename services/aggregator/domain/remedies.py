"""What an authority can mend, by its verdicts: the cheapest steps first."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from services.contracts.model import Record
from services.contracts.verdicts import State, Verdict


class Remedy(Record):
    """A step that a verdict in one of the states ``when`` calls for. ``effort``: 1 a setting, 2 a page, 3 a project."""

    indicator: str
    effort: int
    when: tuple[State, ...]
    text: str
    source: str


@cache
def all_remedies() -> tuple[Remedy, ...]:
    """Return every step, the cheapest first, in the order of the file."""
    text = files("services.aggregator").joinpath("data", "remedies.toml").read_text(encoding="utf-8")
    rows = [Remedy.model_validate(row) for row in tomllib.loads(text)["remedy"]]
    return tuple(sorted(rows, key=lambda remedy: remedy.effort))


def remedies_for(verdicts: Iterable[Verdict]) -> tuple[Remedy, ...]:
    """Return the steps that verdicts call for, the cheapest first."""
    states = {verdict.indicator: verdict.state for verdict in verdicts}
    return tuple(remedy for remedy in all_remedies() if states.get(remedy.indicator) in remedy.when)
