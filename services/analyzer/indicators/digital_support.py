"""Support of digital use: any offer of the town's, then one twin a kind of offer."""

from functools import partial

from services.analyzer.indicator import Indicator
from services.analyzer.presence.absence import for_every_authority
from services.analyzer.presence.support import SUPPORT, judge_digital_support, judge_support
from services.contracts.verdicts import Denominator, State

_SOURCE = "La Poste, étude nationale 2018, chapitre 4 (aucun chiffre publié)"
_STATES = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED)

DIGITAL_SUPPORT = (
    Indicator(
        id="digital_support",
        label="Accompagnement au numérique",
        family=9,
        denominator=Denominator.ALL,
        rule=for_every_authority(judge_digital_support),
        states=_STATES,
        summary="Le site décrit une aide aux usages numériques : un lieu, un horaire ou une page qui lui est propre.",
        source=_SOURCE,
    ),
    *(
        Indicator(
            id=f"support_{kind.id}",
            label=f"Accompagnement : {kind.label}",
            family=9,
            denominator=Denominator.SITE,
            rule=partial(judge_support, kind=kind.id),
            states=_STATES,
            summary=f"Le site décrit une offre de ce type : {kind.label}.",
            source=_SOURCE,
        )
        for kind in SUPPORT
    ),
)
