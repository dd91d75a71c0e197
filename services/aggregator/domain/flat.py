"""A statistic as one flat row: the columns of ``statistics.csv``, ``.parquet`` and of the rows of ``.json``."""

from services.aggregator.domain.statistics import Statistic
from services.contracts.model import Record


class FlatStatistic(Record):
    """One indicator over one scope. Shares, intervals and bounds are in 0..1, None where nothing was measured.

    ``share`` is that of yes, ``broad`` that of yes and partial; ``_low``/``_high`` close the interval,
    ``_least``/``_most`` the bounds that the undetermined leave open; ``population_`` weighs by inhabitants.
    """

    indicator: str
    label: str
    family: int | None
    denominator: str
    scope: str
    scope_label: str
    scope_kind: str
    kind: str
    authorities: int
    pending: int
    not_applicable: int
    undetermined: int
    measured: int
    yes: int
    partial: int
    no: int
    share: float | None
    share_low: float | None
    share_high: float | None
    share_least: float | None
    share_most: float | None
    broad: float | None
    broad_low: float | None
    broad_high: float | None
    broad_least: float | None
    broad_most: float | None
    population_measured: int
    population_unknown: int
    population_share: float | None
    population_broad: float | None
    undetermined_reasons: dict[str, int]
    values: dict[str, int]
    other_values: int
    numbers: int
    mean: float | None
    median: float | None


def flatten(statistic: Statistic) -> FlatStatistic:
    """Return the row of a statistic."""
    s, spec, scope, strict, broad = (
        statistic,
        statistic.indicator,
        statistic.scope,
        statistic.strict,
        statistic.broad,
    )
    return FlatStatistic(
        indicator=spec.id,
        label=spec.label,
        family=spec.family,
        denominator=spec.denominator.value,
        scope=scope.id,
        scope_label=scope.label,
        scope_kind=scope.kind.value,
        kind=scope.of.value,
        authorities=s.authorities,
        pending=s.pending,
        not_applicable=s.not_applicable,
        undetermined=s.undetermined,
        measured=s.measured,
        yes=s.yes,
        partial=s.partial,
        no=s.no,
        share=strict.share,
        share_low=strict.low,
        share_high=strict.high,
        share_least=strict.least,
        share_most=strict.most,
        broad=broad.share,
        broad_low=broad.low,
        broad_high=broad.high,
        broad_least=broad.least,
        broad_most=broad.most,
        population_measured=s.population_measured,
        population_unknown=s.population_unknown,
        population_share=s.population_strict,
        population_broad=s.population_broad,
        undetermined_reasons=s.reasons,
        values=s.values,
        other_values=s.other_values,
        numbers=s.numbers,
        mean=s.mean,
        median=s.median,
    )
