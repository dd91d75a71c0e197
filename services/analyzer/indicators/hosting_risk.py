"""The risk that the 2018 study saw in the hosting of a site, and whether the host is told at all."""

from services.analyzer.indicator import Indicator
from services.analyzer.legal.hosting import judge_risk, judge_traceability
from services.contracts.verdicts import Denominator, State

_SOURCE = "La Poste, étude nationale 2018, chapitre 2 : sous-domaine d’un tiers, absence d’information légale"

HOSTING_RISK = (
    Indicator(
        id="hosting_risk",
        label="Situation de risque liée à l’hébergement",
        family=3,
        denominator=Denominator.SITE,
        rule=judge_risk,
        states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
        summary="Le site est sur un sous-domaine d’un tiers, ou n’informe pas sur son hébergeur.",
        source=_SOURCE,
    ),
    Indicator(
        id="hosting_traceability",
        label="Traçabilité de l’hébergement",
        family=3,
        denominator=Denominator.SITE,
        rule=judge_traceability,
        states=(State.YES, State.NO, State.UNDETERMINED),
        summary="Le site dit qui héberge ses données. Le titulaire du domaine et le réseau ne sont pas rapprochés.",
        source=_SOURCE,
    ),
)
