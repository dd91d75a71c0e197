"""What the page on accuracy shows, ready to be laid out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.aggregator.domain.accuracy import Accuracy
from services.aggregator.domain.labels import state_label
from services.contracts.verdicts import State


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyRow:
    """One indicator, named in French."""

    label: str
    accuracy: Accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyPage:
    """The whole page. ``states`` are the states with their wording, in the order of the columns."""

    campaign: str
    labels: int
    rows: tuple[AccuracyRow, ...]
    states: tuple[tuple[str, str], ...]


def build_accuracy_page(campaign: str, found: Iterable[Accuracy], names: Mapping[str, str]) -> AccuracyPage:
    """Return the page; ``names`` gives the label of each indicator."""
    rows = tuple(AccuracyRow(label=names.get(one.indicator, one.indicator), accuracy=one) for one in found)
    return AccuracyPage(
        campaign=campaign,
        labels=sum(row.accuracy.labels for row in rows),
        rows=rows,
        states=tuple((state.value, state_label(state.value)) for state in State),
    )
