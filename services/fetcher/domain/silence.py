"""Why a site was silent: the kind of failure of a capture without a readable home page."""

from services.contracts.capture import Manifest, PageClass
from services.contracts.failures import FailureKind, failures
from services.fetcher.domain.site_visit import name_is_dead


def silence(manifest: Manifest) -> FailureKind | None:
    """Return the kind of failure, None for a site that was read or not asked for."""
    if manifest.failure is None:
        return None
    kinds = [page.kind for page in manifest.pages if page.page_class is PageClass.HOME and page.kind is not None]
    if kinds:
        return kinds[0]
    last = manifest.visits[-1] if manifest.visits else None
    if last is not None and not last.probes:
        return FailureKind.DNS_ABSENT if name_is_dead(last.dns) else FailureKind.DNS_FAILURE
    for probe in last.probes if last is not None else ():
        if probe.failure is manifest.failure and probe.kind is not None:
            return probe.kind
    # Refused by the robots.txt of the landing page, or out of time: the reason says as much as the kind.
    return next((row.kind for row in failures() if row.reason is manifest.failure), None)
