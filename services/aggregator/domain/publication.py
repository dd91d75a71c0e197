"""Whether the figures of a campaign are fit to be published."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from services.aggregator.domain.headlines import baseline
from services.aggregator.domain.outcomes import Conservation
from services.aggregator.domain.scopes import ScopeKind
from services.aggregator.domain.statistics import Statistic


class Condition(StrEnum):
    """What must hold for the study to be published."""

    CONSERVATION = "conservation"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Something that keeps a study from being published: which condition, and in words where."""

    condition: Condition
    detail: str


@cache
def most_undetermined() -> float:
    """Return the largest share of undetermined verdicts that can be published."""
    path = files("services.aggregator").joinpath("data", "publication.toml")
    return float(tomllib.loads(path.read_text(encoding="utf-8"))["undetermined"]["most"])


def obstacles(balance: Conservation, statistics: Iterable[Statistic]) -> tuple[Obstacle, ...]:
    """Return what stands in the way of publishing; nothing does when it is empty.

    Every planned authority must be somewhere. No headline may be undetermined for more than a twentieth of a
    stratum of communes or a nature of EPCI; where nothing was measured yet, nothing would be published.
    """
    found = []
    if balance.residue:
        found.append(Obstacle(condition=Condition.CONSERVATION, detail=f"{balance.residue} authorities are nowhere"))
    indicators = {tile.indicator for tile in baseline().tile}
    for statistic in statistics:
        judged = statistic.measured + statistic.undetermined
        if statistic.indicator.id not in indicators or not _is_a_part(statistic) or not statistic.measured:
            continue
        if statistic.undetermined > most_undetermined() * judged:
            detail = f"{statistic.indicator.id} of {statistic.scope.id}: {statistic.undetermined / judged:.1%}"
            found.append(Obstacle(condition=Condition.UNDETERMINED, detail=detail))
    return tuple(found)


def _is_a_part(statistic: Statistic) -> bool:
    return statistic.scope.kind in (ScopeKind.STRATUM, ScopeKind.NATURE)
