"""The shape of an indicator: its public description and its rule, a pure function of a site."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import Denominator, Evidence, IndicatorSpec, State, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule concludes: a verdict without the name of its indicator."""

    state: State
    value: float | str | None = None
    confidence: float = 0.95
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


Rule = Callable[[Site], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator. ``version`` changes whenever the rule may answer differently on the same capture.

    ``states`` lists the states the rule itself can reach on a functional site; the denominator adds
    ``not_applicable`` and ``undetermined``. ``summary`` is the one French sentence the public reads.
    """

    id: str
    label: str
    family: int | None
    denominator: Denominator
    rule: Rule
    states: tuple[State, ...]
    summary: str
    source: str
    version: int = 1
    values: tuple[str, ...] = ()
    unit: str | None = None
    data: tuple[str, ...] = field(default=())

    def spec(self) -> IndicatorSpec:
        """Return the public description."""
        return IndicatorSpec(
            id=self.id,
            label=self.label,
            family=self.family,
            denominator=self.denominator,
            version=self.version,
            states=self.states,
            values=self.values,
            unit=self.unit,
            summary=self.summary,
            source=self.source,
        )

    def verdict(self, finding: Finding) -> Verdict:
        """Name a finding."""
        return Verdict(
            indicator=self.id,
            state=finding.state,
            value=finding.value,
            confidence=finding.confidence,
            reasons=finding.reasons,
            evidence=finding.evidence,
            rule=f"{self.id}@{self.version}",
        )


def undetermined(reason: Reason, *evidence: Evidence, value: float | str | None = None) -> Finding:
    """Return the finding of a rule that could not see."""
    return Finding(
        state=State.UNDETERMINED, value=value, confidence=0.0, reasons=(reason.value,), evidence=tuple(evidence)
    )


def not_applicable(reason: str) -> Finding:
    """Return the finding of a rule outside its denominator."""
    return Finding(state=State.NOT_APPLICABLE, confidence=1.0, reasons=(reason,))
