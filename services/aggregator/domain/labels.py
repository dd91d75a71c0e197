"""French wording of identifiers: families, states, reasons, values. Unknown ones read as themselves."""

import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.model import Record


class _Labels(Record):
    families: dict[int, str]
    states: dict[str, str]
    denominators: dict[str, str]
    comparability: dict[str, str]
    reasons: dict[str, str]
    values: dict[str, dict[str, str]]


@cache
def _labels() -> _Labels:
    path = files("services.aggregator").joinpath("data", "labels.toml")
    return _Labels.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def families() -> dict[int, str]:
    """Return the names of the nine families of the 2018 study by number."""
    return _labels().families


def state_label(state: str) -> str:
    """Return the wording of a state."""
    return _labels().states.get(state, state)


def denominator_label(denominator: str) -> str:
    """Return whom an indicator speaks of."""
    return _labels().denominators.get(denominator, denominator)


def comparability_label(comparability: str) -> str:
    """Return how far a measure may be compared with the figure of 2018."""
    return _labels().comparability.get(comparability, comparability)


def reason_label(reason: str) -> str:
    """Return why something could not be measured."""
    return _labels().reasons.get(reason, reason)


def value_label(indicator: str, value: str) -> str:
    """Return the wording of one value of an enumeration."""
    return _labels().values.get(indicator, {}).get(value, value)
