"""``has_functional_site``: whether the authority has a web site that works and is its own.

As in the 2018 study, a site on a third party's sub-domain counts; the page of a commune under the domain of its
EPCI counts as ``partial``.
"""

from services.analyzer.classification import classify
from services.analyzer.indicator import Finding, Indicator
from services.analyzer.site import Site
from services.contracts.verdicts import Denominator, State


def _rule(site: Site) -> Finding:
    """Return whether a site answers at the declared address and is the authority's own."""
    found = classify(site)
    status = (found.status.value,) if found.status else ()
    return Finding(
        state=found.state,
        confidence=found.confidence,
        reasons=tuple(dict.fromkeys((*found.reasons, *status))),
        evidence=found.evidence,
    )


INDICATOR = Indicator(
    id="has_functional_site",
    label="Site internet fonctionnel",
    family=1,
    denominator=Denominator.ALL,
    rule=_rule,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="La collectivité a un site internet qui répond et qui est bien le sien, quel que soit son hébergeur.",
    source="Étude La Poste 2018, figure F1.1 ; règles du référentiel, section 2.2",
)
