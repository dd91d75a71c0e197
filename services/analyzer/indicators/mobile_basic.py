"""The nearest equivalent of a 2018 « mobile-friendly » tool: right viewport and no horizontal overflow."""

from services.analyzer.indicator import Indicator
from services.analyzer.mobile.composite import judge_basic
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="mobile_basic",
    label="Compatible mobile (viewport + absence de débordement)",
    family=2,
    denominator=Denominator.SITE,
    rule=judge_basic,
    states=(State.YES, State.NO, State.UNDETERMINED),
    summary="La zone d’affichage est correcte et la page ne déborde pas à 360 px.",
    source="Test d’adaptation mobile de Google (retiré en 2023), critères principaux",
    unit="px",
)
