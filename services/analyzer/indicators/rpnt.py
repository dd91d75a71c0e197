"""ANCT's référentiel de présence numérique des territoires, criterion by criterion."""

from functools import partial

from services.analyzer.indicator import Indicator
from services.analyzer.rpnt.criteria import Criterion, load_rpnt
from services.analyzer.rpnt.judge import judge_criterion, judge_essential, judge_groups
from services.contracts.verdicts import Denominator, State

_SOURCE = f"ANCT, RPNT {load_rpnt().version}"
_NO_EMAIL = (State.NOT_APPLICABLE,)


def _states(criterion: Criterion) -> tuple[State, ...]:
    ref = criterion.ref
    if ref in ("2.1", "1.1", "1.2", "1.8"):
        return (State.YES, State.NO)
    if ref in ("2.2", "2.3"):
        return (State.YES, State.NO, *_NO_EMAIL)
    return (State.YES, State.NO, State.UNDETERMINED, *(_NO_EMAIL if ref[0] == "2" else ()))


def _denominator(criterion: Criterion) -> Denominator:
    return Denominator.DECLARED if criterion.ref[0] == "1" and criterion.ref != "1.1" else Denominator.ALL


def _indicator(criterion: Criterion) -> Indicator:
    return Indicator(
        id=f"rpnt_{criterion.ref.replace('.', '_')}",
        label=f"RPNT {criterion.ref} : {criterion.title[0].lower()}{criterion.title[1:]}",
        family=None,
        denominator=_denominator(criterion),
        rule=partial(judge_criterion, criterion=criterion),
        states=_states(criterion),
        summary=f"{criterion.title} (critère {criterion.ref} du référentiel de présence numérique des territoires).",
        source=f"{_SOURCE}, critère {criterion.ref}",
    )


RPNT = (
    *(_indicator(criterion) for criterion in load_rpnt().criteria),
    Indicator(
        id="rpnt_level",
        label="Niveaux du RPNT",
        family=None,
        denominator=Denominator.ALL,
        rule=judge_groups,
        states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
        summary="Groupes de critères du référentiel entièrement respectés, tels que le code de l’ANCT les compose.",
        source=_SOURCE,
    ),
    Indicator(
        id="rpnt_essential",
        label="RPNT : critères essentiels",
        family=None,
        denominator=Denominator.ALL,
        rule=judge_essential,
        states=(State.YES, State.NO, State.UNDETERMINED),
        summary="Tous les critères que la page publique du référentiel dit essentiels sont respectés.",
        source=_SOURCE,
    ),
)
