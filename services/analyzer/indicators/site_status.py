"""``site_status``: which of the seventeen situations the declared address is in (domain reference 2.2)."""

from services.analyzer.classification import SiteStatus, classify
from services.analyzer.indicator import Finding, Indicator
from services.analyzer.site import Site
from services.contracts.verdicts import Denominator, State


def _rule(site: Site) -> Finding:
    """Return what is found at the declared address, one of the 17 statuses, as the value."""
    found = classify(site)
    return Finding(
        state=found.state,
        value=found.status.value if found.status else None,
        confidence=found.confidence,
        reasons=found.reasons,
        evidence=found.evidence,
    )


INDICATOR = Indicator(
    id="site_status",
    label="Situation du site déclaré",
    family=1,
    denominator=Denominator.ALL,
    rule=_rule,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    values=tuple(status.value for status in SiteStatus),
    summary="Ce que l'on trouve à l'adresse déclarée : un site fonctionnel, un domaine mort, en vente ou détourné, une "
    "page d'attente, une erreur, le site d'un autre, ou rien.",
    source="Étude La Poste 2018, famille 1 ; règles du référentiel, section 2.2",
)
