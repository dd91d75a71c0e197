"""What the page of one authority shows, ready to be laid out: everything in French, personal data cut out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.aggregator.domain.headlines import baseline
from services.aggregator.domain.labels import families, reason_label, state_label, value_label
from services.aggregator.domain.masking import masked
from services.aggregator.domain.remedies import Remedy, remedies_for
from services.aggregator.domain.scopes import all_scopes, scopes_of
from services.aggregator.domain.statistics import Statistic
from services.aggregator.domain.study_meta import StudyMeta
from services.contracts.authorities import Authority
from services.contracts.strata import stratum_of
from services.contracts.verdicts import Evidence, IndicatorSpec, RuleSet, Verdict, VerdictSet

_BEYOND = "Au-delà de l’étude de 2018"
_MOST_EVIDENCE = 5
_NUMBER = ".6g"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One verdict with its wording and its proof."""

    id: str
    label: str
    summary: str
    state: str
    state_label: str
    value: str
    reasons: tuple[str, ...]
    confidence: float
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFamily:
    """The verdicts of one family."""

    name: str
    verdicts: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One headline: the authority's own state, and the share of its stratum."""

    title: str
    state_label: str
    scope: str
    share: float | None
    measured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityPage:
    """The whole page. Pictures are data URLs; None where none was taken."""

    meta: StudyMeta
    authority: Authority
    audit: VerdictSet
    unmeasured: str | None
    desktop: str | None
    mobile: str | None
    standings: tuple[Standing, ...]
    remedies: tuple[Remedy, ...]
    families: tuple[ShownFamily, ...]
    contact: str


def build_authority_page(
    meta: StudyMeta,
    rules: RuleSet,
    audit: VerdictSet,
    statistics: Mapping[tuple[str, str], Statistic],
    pictures: Mapping[str, str],
    *,
    contact: str,
) -> AuthorityPage:
    """Return the page of one audit. ``statistics`` by indicator and scope; ``pictures`` by viewport."""
    specs = {spec.id: spec for spec in rules.indicators}
    known = [verdict for verdict in audit.verdicts if verdict.indicator in specs]
    return AuthorityPage(
        meta=meta,
        authority=audit.authority,
        audit=audit,
        unmeasured=reason_label(audit.unmeasured.value) if audit.unmeasured else None,
        desktop=pictures.get("1366x768"),
        mobile=pictures.get("360x800"),
        standings=tuple(_standings(audit.authority, known, statistics)),
        remedies=remedies_for(known) if audit.unmeasured is None else (),
        families=_families(known, specs),
        contact=contact,
    )


def _standings(
    authority: Authority, verdicts: Sequence[Verdict], statistics: Mapping[tuple[str, str], Statistic]
) -> Iterable[Standing]:
    """Yield the headlines of 2018 beside the authority's own group: its stratum, or all authorities of its kind."""
    stratum = stratum_of(authority.population)
    scopes = scopes_of(authority)
    own = f"stratum:{stratum.id}" if stratum and f"stratum:{stratum.id}" in scopes else next(iter(scopes), None)
    mine = {verdict.indicator: verdict for verdict in verdicts}
    for indicator in dict.fromkeys(tile.indicator for tile in baseline().tile):
        statistic = statistics.get((indicator, own or ""))
        if indicator in mine and statistic is not None and own is not None:
            yield Standing(
                title=statistic.indicator.label,
                state_label=state_label(mine[indicator].state.value),
                scope=all_scopes()[own].label,
                share=statistic.strict.share,
                measured=statistic.measured,
            )


def _families(verdicts: Iterable[Verdict], specs: Mapping[str, IndicatorSpec]) -> tuple[ShownFamily, ...]:
    by_family: dict[int | None, list[Shown]] = {}
    for verdict in verdicts:
        spec = specs[verdict.indicator]
        by_family.setdefault(spec.family, []).append(_shown(verdict, spec))
    order = sorted(by_family, key=lambda family: (family is None, family))
    return tuple(
        ShownFamily(name=families().get(n, _BEYOND) if n else _BEYOND, verdicts=tuple(by_family[n])) for n in order
    )


def _shown(verdict: Verdict, spec: IndicatorSpec) -> Shown:
    value = verdict.value
    text = value_label(spec.id, value) if isinstance(value, str) else "" if value is None else format(value, _NUMBER)
    return Shown(
        id=spec.id,
        label=spec.label,
        summary=spec.summary,
        state=verdict.state.value,
        state_label=state_label(verdict.state.value),
        value=f"{text.replace('.', ',') if not isinstance(value, str) else text} {spec.unit or ''}".strip(),
        reasons=tuple(reason_label(reason) for reason in verdict.reasons),
        confidence=verdict.confidence,
        rule=verdict.rule,
        evidence=tuple(masked(evidence, spec.id) for evidence in verdict.evidence[:_MOST_EVIDENCE]),
    )
