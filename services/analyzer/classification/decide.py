"""The seventeen statuses, in their order: the first that fits wins."""

from services.analyzer.classification.challenges import blocked
from services.analyzer.classification.content import empty, login_only, soft_not_found
from services.analyzer.classification.declared import without_site
from services.analyzer.classification.hosting import hosted
from services.analyzer.classification.identity import identity_of
from services.analyzer.classification.landing import landing_of
from services.analyzer.classification.model import Classification, SiteStatus, unseen
from services.analyzer.classification.network import dead_name, error_answer, no_page, refused_by_robots
from services.analyzer.classification.owner import another_entity, hijacked
from services.analyzer.classification.parking import parked_by_dns
from services.analyzer.classification.signatures import default_hosting, parked_by_text, under_construction
from services.analyzer.site import Site, once_per_site
from services.contracts.reasons import Reason
from services.contracts.verdicts import State


@once_per_site
def classify(site: Site) -> Classification:
    """Return what stands at the declared address of an authority.

    Pure and total. A certificate that does not verify never makes a site non-functional: TLS has verdicts of its
    own. Signatures of parked, default and unfinished pages come before errors, since such pages are served with
    any status; a robots refusal comes before them, since the home page was then not read.
    """
    landing = landing_of(site)
    early = without_site(site, landing) or dead_name(site)
    if early is not None:
        return early
    identity = identity_of(site)
    if parked := parked_by_dns(site, landing, identity):
        return parked
    if refused := refused_by_robots(site):
        return refused
    if landing is not None:
        unfit = (
            parked_by_text(landing, identity)
            or default_hosting(landing)
            or under_construction(landing)
            or hijacked(landing, identity)
            or blocked(site, landing)
            or soft_not_found(site, landing)
            or error_answer(site, landing)
        )
        if unfit is not None:
            return unfit
    if absence := no_page(site, landing):
        return absence
    if landing is None or identity is None:
        return unseen(Reason.HOME_NOT_CAPTURED)
    return (
        login_only(landing)
        or empty(site, landing)
        or another_entity(landing, identity)
        or hosted(site, landing, identity)
        or Classification(
            status=SiteStatus.FUNCTIONAL,
            state=State.YES,
            confidence=identity.confidence,
            evidence=identity.evidence,
        )
    )
