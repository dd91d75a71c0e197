"""``hijacked_domain``: whether strangers publish spam under the declared domain."""

from services.analyzer.classification import SiteStatus, classify
from services.analyzer.indicator import Finding, Indicator
from services.analyzer.site import Site
from services.contracts.verdicts import Denominator, State


def _rule(site: Site) -> Finding:
    """Return whether the declared address leads to content of another kind: gambling, counterfeits, pornography."""
    found = classify(site)
    if found.state is State.UNDETERMINED:
        state = State.UNDETERMINED
    else:
        state = State.YES if found.status is SiteStatus.HIJACKED else State.NO
    status = (found.status.value,) if found.status else ()
    return Finding(
        state=state,
        confidence=found.confidence,
        reasons=tuple(dict.fromkeys((*found.reasons, *status))),
        evidence=found.evidence,
    )


INDICATOR = Indicator(
    id="hijacked_domain",
    label="Nom de domaine détourné",
    family=1,
    denominator=Denominator.DECLARED,
    rule=_rule,
    states=(State.YES, State.NO, State.UNDETERMINED),
    summary="L'adresse déclarée mène à un contenu sans rapport avec elle : jeux d'argent, contrefaçon, pornographie.",
    source="Domaines d'anciennes collectivités repris par des tiers, liste de refus DINUM ; référentiel, section 2.2",
)
