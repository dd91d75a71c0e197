"""Legal information on the host: name, address and telephone. Third cause of hosting risk (rule R3)."""

from services.analyzer.indicator import Indicator
from services.analyzer.legal.findings import judge_hosting_info
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="hosting_legal_info",
    label="Information légale sur l’hébergeur",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_hosting_info,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="L’hébergeur est indiqué avec son nom, son adresse et son téléphone (partiel : le nom sans le reste).",
    source="LCEN (loi n° 2004-575), article 6 III 1 d ; étude nationale La Poste, 2018",
)
