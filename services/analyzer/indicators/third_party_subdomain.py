"""The site stands on a sub-domain that belongs to a third party: first cause of hosting risk (rule R1)."""

from services.analyzer.indicator import Indicator
from services.analyzer.legal.hosting import judge_domain_owner
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="third_party_subdomain",
    label="Sous-domaine appartenant à un tiers",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_domain_owner,
    states=(State.YES, State.PARTIAL, State.NO),
    summary=(
        "Le site est hébergé sous un domaine qui n’appartient pas à la collectivité : plateforme partagée (oui) "
        "ou domaine d’une autre collectivité (partiel)."
    ),
    source="Étude nationale La Poste, 2018 ; liste des domaines génériques de l’ANCT ; Public Suffix List",
)
