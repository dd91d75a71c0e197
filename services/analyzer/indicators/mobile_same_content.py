"""The mobile page holds the words of the desktop page (the study: « de façon strictement identique »)."""

from services.analyzer.indicator import Indicator
from services.analyzer.mobile.judgement import judge_same_content
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="mobile_same_content",
    label="Contenu identique mobile/ordinateur",
    family=2,
    denominator=Denominator.SITE,
    rule=judge_same_content,
    states=(State.YES, State.NO, State.UNDETERMINED),
    summary="Au moins 90 % des mots de la version ordinateur se retrouvent dans la version mobile.",
    source="Étude nationale La Poste, 2018 : « de façon strictement identique »",
    unit="part",
)
