"""What statistics are made of: counts over verdicts that can be added in any order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.reasons import Reason
from services.contracts.verdicts import State

MEASURED_STATES = (State.YES, State.PARTIAL, State.NO)


@dataclass(slots=True)
class Tally:
    """Verdicts of one indicator over some authorities.

    ``population`` adds up inhabitants by state; ``without_population`` counts the authorities by state
    whose population is unknown. ``values`` and ``numbers`` hold the values of measured verdicts only.
    Adding tallies is commutative and associative: the order of the verdicts never shows.
    """

    states: Counter[State] = field(default_factory=Counter)
    population: Counter[State] = field(default_factory=Counter)
    without_population: Counter[State] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    numbers: Counter[float] = field(default_factory=Counter)

    def add(self, verdict: VerdictRow, population: int | None) -> None:
        """Count one verdict of an authority with that many inhabitants."""
        state = verdict.state
        self._count(state, population)
        if state is State.UNDETERMINED:
            self.reasons[main_reason(verdict.reasons)] += 1
        elif state in MEASURED_STATES:
            if verdict.text is not None:
                self.values[verdict.text] += 1
            if verdict.number is not None:
                self.numbers[verdict.number] += 1

    def add_unseen(self, reason: str, population: int | None) -> None:
        """Count an authority without a verdict: it could not be measured, for that reason."""
        self._count(State.UNDETERMINED, population)
        self.reasons[reason] += 1

    def merge(self, other: "Tally") -> None:
        """Add another tally to this one."""
        self.states.update(other.states)
        self.population.update(other.population)
        self.without_population.update(other.without_population)
        self.reasons.update(other.reasons)
        self.values.update(other.values)
        self.numbers.update(other.numbers)

    def _count(self, state: State, population: int | None) -> None:
        self.states[state] += 1
        if population is None:
            self.without_population[state] += 1
        else:
            self.population[state] += population


def merged(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


def main_reason(reasons: tuple[str, ...]) -> str:
    """Return the reason an undetermined verdict is counted under: its first one.

    « The site is undetermined » only points at a cause; where the cause follows, it is the cause that counts.
    """
    if len(reasons) > 1 and reasons[0] == Reason.SITE_UNDETERMINED:
        return reasons[1]
    return reasons[0] if reasons else Reason.INTERNAL.value
