"""The gauges of the state of the country, derived anew when something has changed."""

from collections.abc import Iterator
from math import nan

from sqlalchemy import Engine

from services.aggregator.adapters.campaign_state import SqlCampaignState, Standing
from services.aggregator.adapters.stored_rules import stored_rules
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.headlines import baseline
from services.aggregator.domain.national import Figure, figures, headline_rules, sites_by_departement
from services.aggregator.domain.outcomes import Conservation, conservation, outcomes
from services.aggregator.domain.publication import Condition, obstacles
from services.aggregator.domain.statistics import Statistic, derive
from services.aggregator.domain.territories import departements
from services.aggregator.domain.verdict_rows import VerdictRow
from services.aggregator.metrics import (
    BASELINE,
    BOUNDS,
    DEPARTEMENT_SHARE,
    GATE,
    MEASURED,
    SCOPES,
    SHARE,
    STATISTICS_AT,
    TILES,
    UNDETERMINED,
    Bound,
)
from services.contracts.verdicts import RuleSet
from services.runtime.artefacts import ArtefactStore
from services.runtime.clock import Clock


class NationalGauges:
    """Sets the gauges each time it is called; derives again only what has changed since.

    Raises DatabaseUnavailable, StoreUnavailable, and ArtefactMissing when no description of the rules is stored.
    """

    def __init__(self, engine: Engine, store: ArtefactStore, clock: Clock) -> None:
        self._campaigns = SqlCampaignState(engine)
        self._verdicts = SqlVerdictStore(engine)
        self._store = store
        self._clock = clock
        self._shown: Standing | None = None
        for tile in baseline().tile:
            BASELINE.set(tile.figure / 100, headline=tile.id)
        show((), Conservation(planned=0, measured=0))

    def __call__(self) -> None:
        """Look whether something has changed, and set the gauges."""
        standing = self._campaigns.newest()
        if standing is not None and standing != self._shown:
            show(*self._derived(standing.campaign))
            self._shown = standing
        STATISTICS_AT.set(self._clock.now().timestamp())

    def _derived(self, campaign: str) -> tuple[tuple[Statistic, ...], Conservation]:
        results = outcomes(self._verdicts.audits(campaign))
        rules = headline_rules(stored_rules(self._store, results))
        statistics = derive(rules, results, self._rows(campaign, rules))
        return statistics, conservation(self._verdicts.planned(campaign), results)

    def _rows(self, campaign: str, rules: RuleSet) -> Iterator[VerdictRow]:
        for spec in rules.indicators:
            yield from self._verdicts.load_verdicts(campaign, spec.id)


def show(statistics: tuple[Statistic, ...], balance: Conservation) -> None:
    """Set every gauge of the country; what has no figure is NaN."""
    found = {(figure.headline, figure.scope): figure for figure in figures(statistics)}
    for tile in TILES:
        for scope in SCOPES:
            _figure(tile, scope, found.get((tile, scope)))
    shares = sites_by_departement(statistics)
    for code in departements():
        DEPARTEMENT_SHARE.set(_number(shares.get(code)), departement=code)
    failing = {obstacle.condition for obstacle in obstacles(balance, statistics)}
    for condition in Condition:
        GATE.set(condition not in failing, condition=condition)


def _figure(tile: str, scope: str, figure: Figure | None) -> None:
    estimate = figure.estimate if figure else None
    SHARE.set(_number(estimate.share if estimate else None), headline=tile, scope=scope)
    BOUNDS.set(_number(estimate.low if estimate else None), headline=tile, scope=scope, bound=Bound.LOWER)
    BOUNDS.set(_number(estimate.high if estimate else None), headline=tile, scope=scope, bound=Bound.UPPER)
    MEASURED.set(estimate.measured if estimate else 0, headline=tile, scope=scope)
    UNDETERMINED.set(_number(figure.undetermined if figure else None), headline=tile, scope=scope)


def _number(value: float | None) -> float:
    return nan if value is None else value
