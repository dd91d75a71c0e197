"""``site_identity_score``: how much tells that the page is the authority's own (domain reference 2.2)."""

from services.analyzer.classification import SiteStatus, classify
from services.analyzer.classification.identity import LIKELY, SURE, identity_of
from services.analyzer.evidence import plan_evidence
from services.analyzer.indicator import Finding, Indicator, not_applicable, undetermined
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import Denominator, State

_UNREAD = frozenset(Reason) - {Reason.IDENTITY_UNCERTAIN}
_NO_PAGE = (SiteStatus.DNS_DEAD, SiteStatus.HTTP_ERROR, SiteStatus.UNREACHABLE)


def _rule(site: Site) -> Finding:
    """Return the points that speak for the site being the authority's own, as the value: 5 and more prove it."""
    found = classify(site)
    if found.unmeasured in _UNREAD:
        return undetermined(found.unmeasured or Reason.HOME_NOT_CAPTURED, *found.evidence)
    identity = identity_of(site)
    if identity is None or found.status in _NO_PAGE:
        return not_applicable("no_page")
    if identity.score >= LIKELY and found.status is not SiteStatus.WRONG_ENTITY:
        state, confidence = State.YES, 0.95 if identity.score >= SURE else 0.6
    else:
        # A namesake of another département may score 3 or 4: it is not the authority all the same.
        state, confidence = State.NO, 0.95 if identity.score <= 0 else 0.6
    return Finding(
        state=state,
        value=float(identity.score),
        confidence=confidence,
        reasons=identity.cues,
        evidence=(*identity.evidence, plan_evidence(site)),
    )


INDICATOR = Indicator(
    id="site_identity_score",
    label="Indice d'identité du site",
    family=1,
    denominator=Denominator.DECLARED,
    rule=_rule,
    states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
    summary="Points tirés du téléphone, du code postal, du titre, des mentions de la mairie et du nom de domaine : à "
    "partir de 5 le site est bien celui de la collectivité, entre 3 et 4 probablement.",
    source="Règles du référentiel, section 2.2",
)
