"""Arranges the statistics of one indicator into its tables."""

from collections.abc import Iterable, Sequence

from services.aggregator.domain.labels import denominator_label, reason_label, value_label
from services.aggregator.domain.scopes import COMMUNES, EPCI, ScopeKind
from services.aggregator.domain.statistics import Statistic
from services.aggregator.report.page import Count, Distribution, Group, Indicator, Line
from services.contracts.verdicts import State

_MAIN = (ScopeKind.ALL, ScopeKind.THRESHOLD, ScopeKind.STRATUM, ScopeKind.NATURE)
_BROAD = (ScopeKind.ALL, ScopeKind.THRESHOLD)
_GROUPS = ((ScopeKind.REGION, "Par région"), (ScopeKind.DEPARTEMENT, "Par département"))
_VALUES_SHOWN = 12
_OTHERS = "autres valeurs"


def arrange_indicator(statistics: Sequence[Statistic]) -> Indicator:
    """Return the tables of an indicator from its statistics, which are in publication order."""
    spec = statistics[0].indicator
    main = _lines(statistics, _MAIN)
    has_states = len({State.YES, State.PARTIAL, State.NO} & set(spec.states)) > 1
    return Indicator(
        id=spec.id,
        label=spec.label,
        summary=spec.summary,
        source=spec.source,
        denominator=denominator_label(spec.denominator.value),
        unit=spec.unit,
        has_partial=State.PARTIAL in spec.states,
        lines=main if has_states else (),
        groups=_groups(statistics) if has_states else (),
        distribution=_distribution(statistics),
        numbers=tuple(line for line in _lines(statistics, _BROAD) if line.statistic.numbers),
        reasons=_reasons(statistics),
    )


def _lines(statistics: Iterable[Statistic], kinds: Sequence[ScopeKind]) -> tuple[Line, ...]:
    return tuple(
        Line(label=s.scope.label, total=s.scope.kind is ScopeKind.ALL, statistic=s)
        for s in statistics
        if s.scope.kind in kinds
    )


def _groups(statistics: Sequence[Statistic]) -> tuple[Group, ...]:
    groups = (Group(title=title, lines=_lines(statistics, (kind,))) for kind, title in _GROUPS)
    return tuple(group for group in groups if group.lines)


def _distribution(statistics: Iterable[Statistic]) -> Distribution | None:
    wholes = [s for s in statistics if s.scope.id in (COMMUNES, EPCI) and s.values]
    if not wholes:
        return None
    ranked = _shown_values(wholes)
    totals = tuple(sum(s.values.values()) + s.other_values for s in wholes)
    rows = [
        (value_label(wholes[0].indicator.id, value), tuple(_count(s.values.get(value, 0), t) for s, t in pairs))
        for value in ranked
        if (pairs := list(zip(wholes, totals, strict=True)))
    ]
    others = tuple(
        _count(total - sum(s.values.get(value, 0) for value in ranked), total)
        for s, total in zip(wholes, totals, strict=True)
    )
    if any(count.count for count in others):
        rows.append((_OTHERS, others))
    return Distribution(columns=tuple(s.scope.label for s in wholes), totals=totals, rows=tuple(rows))


def _shown_values(wholes: Sequence[Statistic]) -> list[str]:
    """Return every declared value that occurs, or the most frequent ones of an open vocabulary."""
    counts: dict[str, int] = {}
    for statistic in wholes:
        for value, n in statistic.values.items():
            counts[value] = counts.get(value, 0) + n
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    return ranked if wholes[0].indicator.values else ranked[:_VALUES_SHOWN]


def _count(n: int, total: int) -> Count:
    return Count(label="", count=n, share=n / total if total else None)


def _reasons(statistics: Iterable[Statistic]) -> tuple[Count, ...]:
    counts: dict[str, int] = {}
    for statistic in statistics:
        if statistic.scope.id in (COMMUNES, EPCI):
            for reason, n in statistic.reasons.items():
                counts[reason] = counts.get(reason, 0) + n
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(label=reason_label(reason), count=n, share=n / total) for reason, n in ordered)
