"""Telephones are sent to a site of their own (``m.``, ``/mobile/``, or another document by user agent)."""

from services.analyzer.indicator import Indicator
from services.analyzer.mobile.judgement import judge_separate_site
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="mobile_separate_site",
    label="Site mobile séparé",
    family=2,
    denominator=Denominator.SITE,
    rule=judge_separate_site,
    states=(State.YES, State.NO, State.UNDETERMINED),
    summary="Les téléphones sont renvoyés vers un site distinct de celui des ordinateurs.",
    source="Définition propre : adresse mobile, ou en-tête Vary: User-Agent avec moins de 70 % des mots",
)
