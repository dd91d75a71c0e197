"""Statistics derived from verdicts: one row for each indicator and scope. Never incremented."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.aggregator.domain.estimators import Estimate, estimate, mean, median, ratio
from services.aggregator.domain.outcomes import Outcome
from services.aggregator.domain.scopes import Scope, all_scopes, scopes_of
from services.aggregator.domain.tallies import MEASURED_STATES, Tally, merged
from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.audits import AuditState
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.contracts.verdicts import IndicatorSpec, RuleSet, State

_OPEN = (AuditState.PLANNED, AuditState.RELEASED)
_VALUES_KEPT = 50
"""Values kept of an open vocabulary, such as host names: every site may have its own."""


class Statistic(Record):
    """One indicator over one scope, in authorities and in inhabitants.

    ``authorities`` = yes + partial + no + undetermined + not_applicable + pending. The denominator of
    every share is ``measured`` = yes + partial + no, within the indicator's ``denominator`` population.
    ``strict`` is the share of yes, ``broad`` that of yes or partial; the ``population_`` fields say the
    same of the inhabitants of measured authorities whose population is known. ``values`` counts the
    values of measured verdicts; of an open vocabulary only the most frequent, ``other_values`` the rest.
    """

    indicator: IndicatorSpec
    scope: Scope
    authorities: int
    pending: int
    yes: int
    partial: int
    no: int
    undetermined: int
    not_applicable: int
    strict: Estimate
    broad: Estimate
    reasons: dict[str, int]
    values: dict[str, int]
    other_values: int
    numbers: int
    mean: float | None
    median: float | None
    population_measured: int
    population_unknown: int
    population_strict: float | None
    population_broad: float | None

    @property
    def measured(self) -> int:
        """Authorities with a verdict of yes, partial or no: the denominator."""
        return self.yes + self.partial + self.no

    def count(self, states: Iterable[State]) -> int:
        """Return how many authorities are in one of the states."""
        return sum(int(getattr(self, state.value)) for state in states)

    def share(self, states: Iterable[State]) -> Estimate:
        """Return the share of measured authorities in one of the states, with its interval and bounds."""
        return estimate(self.count(states), self.measured, self.undetermined)


@dataclass(frozen=True, slots=True)
class _Cell:
    """The authorities that share all their scopes, so that each verdict is counted once and added up later."""

    scopes: tuple[str, ...]


def derive(rule_set: RuleSet, outcomes: Mapping[str, Outcome], verdicts: Iterable[VerdictRow]) -> tuple[Statistic, ...]:
    """Return the statistics of a campaign: indicators in rule-set order, scopes in publication order.

    Scopes without a single authority are left out. An authority that closed without a verdict on an
    indicator counts as undetermined: with the reason it closed for, or ``not_tested`` under older rules.
    """
    specs = {spec.id: spec for spec in rule_set.indicators}
    cells = {code: _Cell(scopes_of(o.authority)) for code, o in outcomes.items() if o.state is not AuditState.EXCLUDED}
    tallies: dict[str, defaultdict[_Cell, Tally]] = {id_: defaultdict(Tally) for id_ in specs}
    # One bit an indicator: a national audit has a million verdicts to remember.
    bits = {id_: 1 << position for position, id_ in enumerate(specs)}
    seen: dict[str, int] = {}
    for verdict in verdicts:
        outcome = outcomes.get(verdict.code)
        if verdict.indicator in specs and verdict.code in cells and outcome and outcome.verdict_set:
            tallies[verdict.indicator][cells[verdict.code]].add(verdict, outcome.authority.population)
            seen[verdict.code] = seen.get(verdict.code, 0) | bits[verdict.indicator]
    unseen = {code: [id_ for id_, bit in bits.items() if not seen.get(code, 0) & bit] for code in cells}
    pending = _count_unseen(outcomes, cells, tallies, unseen)
    by_scope = _cells_by_scope(cells)
    return tuple(
        _statistic(
            spec, scope, merged(tallies[spec.id][c] for c in members if c in tallies[spec.id]), _sum(pending, members)
        )
        for spec in specs.values()
        for scope, members in by_scope.items()
    )


def _count_unseen(
    outcomes: Mapping[str, Outcome],
    cells: Mapping[str, _Cell],
    tallies: Mapping[str, defaultdict[_Cell, Tally]],
    unseen: Mapping[str, Iterable[str]],
) -> dict[_Cell, int]:
    """Add the authorities without verdicts to the tallies; return those still in flight, by cell."""
    pending: dict[_Cell, int] = {}
    for code, cell in cells.items():
        outcome = outcomes[code]
        if outcome.state in _OPEN:
            pending[cell] = pending.get(cell, 0) + 1
            continue
        reason = outcome.reason or Reason.NOT_TESTED.value
        for indicator in unseen[code]:
            tallies[indicator][cell].add_unseen(reason, outcome.authority.population)
    return pending


def _cells_by_scope(cells: Mapping[str, _Cell]) -> dict[Scope, list[_Cell]]:
    members: dict[str, set[_Cell]] = {}
    for cell in set(cells.values()):
        for scope in cell.scopes:
            members.setdefault(scope, set()).add(cell)
    return {scope: list(members[id_]) for id_, scope in all_scopes().items() if id_ in members}


def _sum(counts: Mapping[_Cell, int], cells: Iterable[_Cell]) -> int:
    return sum(counts.get(cell, 0) for cell in cells)


def _statistic(spec: IndicatorSpec, scope: Scope, tally: Tally, pending: int) -> Statistic:
    states, people = tally.states, tally.population
    yes, partial, no = (states[state] for state in MEASURED_STATES)
    measured, undetermined = yes + partial + no, states[State.UNDETERMINED]
    inhabitants = sum(people[state] for state in MEASURED_STATES)
    values = _distribution(spec, tally.values)
    return Statistic(
        indicator=spec,
        scope=scope,
        authorities=sum(states.values()) + pending,
        pending=pending,
        yes=yes,
        partial=partial,
        no=no,
        undetermined=undetermined,
        not_applicable=states[State.NOT_APPLICABLE],
        strict=estimate(yes, measured, undetermined),
        broad=estimate(yes + partial, measured, undetermined),
        reasons=dict(sorted(tally.reasons.items())),
        values=values,
        other_values=sum(tally.values.values()) - sum(values.values()),
        numbers=sum(tally.numbers.values()),
        mean=mean(tally.numbers),
        median=median(tally.numbers),
        population_measured=inhabitants,
        population_unknown=sum(tally.without_population[state] for state in MEASURED_STATES),
        population_strict=ratio(people[State.YES], inhabitants),
        population_broad=ratio(people[State.YES] + people[State.PARTIAL], inhabitants),
    )


def _distribution(spec: IndicatorSpec, values: Counter[str]) -> dict[str, int]:
    """Return declared values in their declared order, then the others from the most frequent to the least."""
    declared = [value for value in spec.values if values[value]]
    others = sorted(values.keys() - set(declared), key=lambda value: (-values[value], value))
    return {value: values[value] for value in [*declared, *others[:_VALUES_KEPT]]}
