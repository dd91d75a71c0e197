"""Under whose name a genuine site stands: a domain of its own, a shared platform, another collectivité."""

import re

from services.analyzer.classification.identity import SURE, Identity
from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus
from services.analyzer.evidence import manifest_evidence
from services.analyzer.site import Site
from services.analyzer.third_party import owner_of
from services.contracts.text import normalise
from services.contracts.verdicts import EvidenceKind, State

_EPCI_DOMAINS = frozenset({"epci_domain", "intercommunal_domain"})
_EPCI_TITLE = re.compile(
    r"\b(?:communaute (?:de communes|d'agglomeration|urbaine)|agglomeration|metropole|intercommunalite)\b"
)


def hosted(site: Site, landing: Landing, identity: Identity) -> Classification | None:
    """Return ``epci_hosted`` or ``third_party_subdomain`` for a genuine site that stands on another's domain.

    A page under another's domain is ``epci_hosted`` when the domain or the title names an intercommunalité and the
    page is clearly dedicated to the commune. A sub-domain of anybody else, known as a platform or not, is a site on a
    third party's sub-domain. An own domain that is only an alias of a shared host is an own domain.
    """
    owner = owner_of(site.authority, landing.host)
    if owner.state is State.NO:
        return None
    shown = f"{landing.host} relève du domaine {owner.domain}"
    evidence = manifest_evidence(site, EvidenceKind.REQUEST, shown, url=landing.url, where="host")
    epci = owner.reason in _EPCI_DOMAINS or _EPCI_TITLE.search(normalise(landing.title))
    if owner.state is State.PARTIAL and epci and identity.score >= SURE:
        status, state = SiteStatus.EPCI_HOSTED, State.PARTIAL
    else:
        status, state = SiteStatus.THIRD_PARTY_SUBDOMAIN, State.YES
    return Classification(
        status=status,
        state=state,
        confidence=min(identity.confidence, owner.confidence),
        reasons=(owner.reason,),
        evidence=(evidence, *identity.evidence),
    )
