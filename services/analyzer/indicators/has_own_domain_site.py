"""``has_own_domain_site``: whether the functional site stands on a domain of the authority's own (ANCT's reading)."""

from services.analyzer.classification import SiteStatus, classify
from services.analyzer.indicator import Finding, Indicator
from services.analyzer.site import Site
from services.contracts.verdicts import Denominator, State


def _rule(site: Site) -> Finding:
    """Return whether that site is on a domain of the authority's own."""
    found = classify(site)
    state = found.state
    if state in (State.YES, State.PARTIAL):
        state = State.YES if found.status is SiteStatus.FUNCTIONAL else State.NO
    status = (found.status.value,) if found.status else ()
    return Finding(
        state=state,
        confidence=found.confidence,
        reasons=tuple(dict.fromkeys((*found.reasons, *status))),
        evidence=found.evidence,
    )


INDICATOR = Indicator(
    id="has_own_domain_site",
    label="Site fonctionnel sur un nom de domaine propre",
    family=1,
    denominator=Denominator.ALL,
    rule=_rule,
    states=(State.YES, State.NO, State.UNDETERMINED),
    summary="Le site fonctionnel de la collectivité a son propre nom de domaine : ni sous-domaine d'une plateforme, ni "
    "page d'une autre collectivité.",
    source="ANCT, référentiel de présence numérique des territoires ; règles du référentiel, section 2.2",
)
