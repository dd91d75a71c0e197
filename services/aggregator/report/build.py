"""Arranges a study for the page."""

from collections.abc import Iterable, Mapping, Sequence

from services.aggregator.domain.headlines import baseline, headlines
from services.aggregator.domain.labels import families, reason_label
from services.aggregator.domain.outcomes import Conservation, Outcome
from services.aggregator.domain.scopes import ScopeKind, all_scopes, scopes_of
from services.aggregator.domain.statistics import Statistic
from services.aggregator.domain.study_meta import StudyMeta
from services.aggregator.report.indicators import arrange_indicator
from services.aggregator.report.page import Count, Coverage, CoverageRow, Family, Page, Unmeasured
from services.contracts.audits import AuditState
from services.contracts.authorities import Authority

_BEYOND = "Au-delà de l’étude de 2018"
_INDEXED = 2_000
"""Authorities up to which the page has an index: the whole country would not be read."""
_LISTED = 200
"""Authorities named for each reason: the page is read by people, ``audits.csv`` has them all."""


def build_page(
    meta: StudyMeta, outcomes: Mapping[str, Outcome], statistics: Sequence[Statistic], *, indexed: bool = False
) -> Page:
    """Return the report of a study; ``indexed``: with an index of the pages of its authorities."""
    sections = _families(statistics)
    measured = {section.number for section in sections}
    return Page(
        campaign=meta.campaign,
        generated_at=meta.generated_at,
        first_capture=meta.first_capture,
        last_capture=meta.last_capture,
        synthetic=meta.synthetic,
        frame=meta.frame,
        rule_set=meta.rule_set,
        coverage=_coverage(meta.conservation, outcomes.values()),
        baseline_source=baseline().source,
        headlines=headlines(statistics),
        families=sections,
        missing_families=tuple((n, name) for n, name in families().items() if n not in measured),
        unmeasured=_unmeasured(outcomes.values()),
        index=_index(outcomes) if indexed else (),
    )


def _index(outcomes: Mapping[str, Outcome]) -> tuple[tuple[str, str], ...]:
    """Return the code and the name of each authority that has a page, by name; none of a whole country's."""
    found = [(code, outcome.authority.name) for code, outcome in outcomes.items() if outcome.verdict_set]
    return tuple(sorted(found, key=lambda entry: (entry[1], entry[0]))) if len(found) <= _INDEXED else ()


def _families(statistics: Iterable[Statistic]) -> tuple[Family, ...]:
    by_family: dict[int | None, dict[str, list[Statistic]]] = {}
    for statistic in statistics:
        spec = statistic.indicator
        by_family.setdefault(spec.family, {}).setdefault(spec.id, []).append(statistic)
    names = families()
    return tuple(
        Family(
            number=n,
            name=names.get(n, _BEYOND) if n else _BEYOND,
            indicators=tuple(arrange_indicator(rows) for rows in by_family[n].values()),
        )
        for n in sorted(by_family, key=lambda n: (n is None, n))
    )


def _coverage(balance: Conservation, outcomes: Iterable[Outcome]) -> Coverage:
    planned: dict[str, int] = {}
    measured: dict[str, int] = {}
    unmeasured: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.state is AuditState.EXCLUDED:
            continue
        for scope in scopes_of(outcome.authority):
            planned[scope] = planned.get(scope, 0) + 1
            measured[scope] = measured.get(scope, 0) + (outcome.state is AuditState.MEASURED)
            unmeasured[scope] = unmeasured.get(scope, 0) + (outcome.state is AuditState.UNMEASURED)
    shown = (ScopeKind.ALL, ScopeKind.STRATUM, ScopeKind.NATURE)
    rows = tuple(
        CoverageRow(
            label=scope.label,
            total=scope.kind is ScopeKind.ALL,
            planned=planned[scope.id],
            measured=measured[scope.id],
            unmeasured=unmeasured[scope.id],
            share=measured[scope.id] / planned[scope.id],
        )
        for scope in all_scopes().values()
        if scope.kind in shown and scope.id in planned
    )
    return Coverage(
        balance=balance,
        unmeasured=_counts(balance.unmeasured, balance.planned),
        excluded=_counts(balance.excluded, balance.planned),
        rows=rows,
    )


def _counts(reasons: Mapping[str, int], total: int) -> tuple[Count, ...]:
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(label=reason_label(reason), count=n, share=n / total) for reason, n in ordered)


def _unmeasured(outcomes: Iterable[Outcome]) -> tuple[Unmeasured, ...]:
    by_reason: dict[str, list[Authority]] = {}
    for outcome in outcomes:
        if outcome.state is AuditState.UNMEASURED and outcome.reason:
            by_reason.setdefault(outcome.reason, []).append(outcome.authority)
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Unmeasured(
            label=reason_label(reason),
            count=len(authorities),
            authorities=tuple(f"{a.name} ({a.code})" for a in authorities[:_LISTED]),
            more=max(0, len(authorities) - _LISTED),
        )
        for reason, authorities in ordered
    )
