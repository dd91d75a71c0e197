"""HTTPS is imposed: whoever types the address in http ends in https."""

from services.analyzer.indicator import Indicator
from services.analyzer.transport.https import judge_enforced
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="https_enforced",
    label="HTTPS imposé",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_enforced,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="Toute visite en http est redirigée vers https (partiel : https existe sans être imposé).",
    source="ANSSI, recommandations relatives à TLS ; RPNT 1.4",
)
