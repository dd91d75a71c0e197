"""The state of the country in a few figures: each headline of the 2018 study in each large scope."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.aggregator.domain.estimators import Estimate, ratio
from services.aggregator.domain.headlines import baseline
from services.aggregator.domain.scopes import ScopeKind
from services.aggregator.domain.statistics import Statistic
from services.aggregator.domain.tallies import MEASURED_STATES
from services.contracts.verdicts import RuleSet

_SITE_TILE = "F1.1"
"""The headline of the map: communes without a functional site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A headline in a scope: its share with its interval, and what could not be determined, both over the scope."""

    headline: str
    scope: str
    estimate: Estimate
    undetermined: float | None


def headline_rules(rules: RuleSet) -> RuleSet:
    """Return the rule set without the indicators that no headline speaks of."""
    wanted = {tile.indicator for tile in baseline().tile}
    return rules.model_copy(update={"indicators": tuple(spec for spec in rules.indicators if spec.id in wanted)})


def figures(statistics: Iterable[Statistic]) -> Iterator[Figure]:
    """Return every headline in every scope that is neither a région nor a département."""
    for statistic in statistics:
        if statistic.scope.kind in (ScopeKind.REGION, ScopeKind.DEPARTEMENT):
            continue
        for tile in baseline().tile:
            if tile.indicator == statistic.indicator.id:
                judged = statistic.measured + statistic.undetermined
                yield Figure(
                    headline=tile.id,
                    scope=statistic.scope.id,
                    estimate=statistic.share(tile.states),
                    undetermined=ratio(statistic.undetermined, judged),
                )


def sites_by_departement(statistics: Iterable[Statistic]) -> dict[str, float | None]:
    """Return the share of measured communes with a functional site, by code of the département."""
    tile = next(tile for tile in baseline().tile if tile.id == _SITE_TILE)
    without = set(tile.states)
    return {
        statistic.scope.id.partition(":")[2]: statistic.share(set(MEASURED_STATES) - without).share
        for statistic in statistics
        if statistic.scope.kind is ScopeKind.DEPARTEMENT and statistic.indicator.id == tile.indicator
    }
