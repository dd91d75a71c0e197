"""The site stands on a sub-domain that belongs to a third party: first cause of hosting risk (rule R1)."""

from services.analyzer.evidence import manifest_evidence
from services.analyzer.indicator import Finding, Indicator, undetermined
from services.analyzer.site import Site
from services.analyzer.third_party import owner_of
from services.contracts.hosts import host_of
from services.contracts.reasons import Reason
from services.contracts.verdicts import Denominator, EvidenceKind, State


def rule(site: Site) -> Finding:
    """Return yes on a shared platform, partial on another collectivité's domain, no on a domain of its own."""
    if site.final_url is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    owner = owner_of(site.authority, host_of(site.final_url))
    evidence = manifest_evidence(site, EvidenceKind.REQUEST, site.final_url, url=site.final_url, where="final_url")
    return Finding(
        state=owner.state,
        value=owner.domain,
        confidence=owner.confidence,
        reasons=(owner.reason,),
        evidence=(evidence,),
    )


INDICATOR = Indicator(
    id="third_party_subdomain",
    label="Sous-domaine appartenant à un tiers",
    family=3,
    denominator=Denominator.SITE,
    rule=rule,
    states=(State.YES, State.PARTIAL, State.NO),
    summary=(
        "Le site est hébergé sous un domaine qui n’appartient pas à la collectivité : plateforme partagée (oui) "
        "ou domaine d’une autre collectivité (partiel)."
    ),
    source="Étude nationale La Poste, 2018 ; liste des domaines génériques de l’ANCT ; Public Suffix List",
)
