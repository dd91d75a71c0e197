"""HTTP Strict Transport Security on the final HTTPS response."""

from services.analyzer.indicator import Indicator
from services.analyzer.transport.https import judge_hsts
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="hsts",
    label="HSTS",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_hsts,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="Le site demande aux navigateurs de ne revenir qu’en https, pendant six mois au moins (partiel : moins).",
    source="RFC 6797 ; MDN HTTP Observatory, seuil de six mois",
    unit="s",
)
