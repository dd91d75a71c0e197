"""What the network tells when no page answered: a dead name, an error, a silence."""

from datetime import timedelta

from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, absent, unseen
from services.analyzer.evidence import dns_evidence, manifest_evidence, probe_evidence
from services.analyzer.site import Site
from services.contracts.capture import PageClass, Visit
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind

MIN_VISITS = 3
CONFIRMED_AFTER = timedelta(hours=72)
NOT_CONFIRMED = "not_confirmed_over_days"
SINGLE_MOMENT = "single_moment"

# The failure that tells most about the site first: someone answered before nobody did.
_TELLING = (
    Reason.OPTED_OUT,
    Reason.LIMIT_REACHED,
    Reason.BLOCKED,
    Reason.TIMEOUT,
    Reason.TOO_LARGE,
    Reason.UNEXPECTED_CONTENT,
    Reason.REDIRECT_LOOP,
    Reason.PROTOCOL_ERROR,
    Reason.TLS_FAILURE,
    Reason.SERVER_ERROR,
    Reason.FORBIDDEN_ADDRESS,
    Reason.NETWORK_FAILURE,
    Reason.UNREACHABLE,
    Reason.DNS_FAILURE,
)


def dead_name(site: Site) -> Classification | None:
    """Return ``dns_dead`` when no variant's name exists or has an address.

    A name server that fails to answer proves nothing: ``undetermined``.
    """
    if site.home is not None or not site.manifest.visits:
        return None
    records = site.manifest.visits[-1].dns
    if not records or any(record.status is DnsStatus.OK for record in records):
        return None
    evidence = tuple(dns_evidence(site, record) for record in records[:4])
    if any(record.status is DnsStatus.FAILURE for record in records):
        return unseen(Reason.DNS_FAILURE, *evidence)
    confirmed = _span(site) >= timedelta(hours=24) and len(site.manifest.visits) >= MIN_VISITS
    reasons = () if confirmed else (NOT_CONFIRMED,)
    return absent(SiteStatus.DNS_DEAD, *evidence, confidence=0.95 if confirmed else 0.8, reasons=reasons)


def refused_by_robots(site: Site) -> Classification | None:
    """Return ``blocked`` when robots.txt keeps our user agent from the home page.

    A robots.txt that fails closes the site as well (RFC 9309 §2.3.1.4), but refuses nothing: the failure is the
    reason, and nothing is said of the site.
    """
    robots = site.manifest.robots
    if site.manifest.failure is not Reason.ROBOTS and (robots is None or robots.home_allowed):
        return None
    url = robots.url if robots else None
    if robots is not None and robots.failure is not None:
        detail = f"robots.txt illisible ({robots.status or robots.failure.value}) : le site n'a pas été visité"
        failed = manifest_evidence(site, EvidenceKind.REQUEST, detail, url=url, where="robots")
        return unseen(robots.failure, failed)
    evidence = manifest_evidence(
        site, EvidenceKind.REQUEST, "robots.txt interdit la page d'accueil", url=url, where="robots"
    )
    return unseen(Reason.ROBOTS, evidence, status=SiteStatus.BLOCKED)


def error_answer(site: Site, landing: Landing | None) -> Classification | None:
    """Return ``http_error`` when the final answer is a 4xx or 5xx; a 5xx seen once may pass."""
    if landing is None or landing.successful:
        return None
    evidence = (
        landing.evidence(EvidenceKind.REQUEST, f"{landing.url} → {landing.status}", where="status"),
        *(probe_evidence(site, probe) for probe in site.probes[:4]),
    )
    if landing.status < 500:
        return absent(SiteStatus.HTTP_ERROR, *evidence)
    return absent(SiteStatus.HTTP_ERROR, *evidence, confidence=0.6, reasons=(Reason.SERVER_ERROR.value, SINGLE_MOMENT))


def no_page(site: Site, landing: Landing | None) -> Classification | None:
    """Return ``unreachable``, or why nothing can be said, when no home page was read.

    ``unreachable`` needs three visits that found every variant closed: a machine that is off for an hour is not
    an authority without a site. Below 72 hours between them it is said with less confidence.
    """
    if site.home is not None:
        return None
    evidence = tuple(probe_evidence(site, probe) for probe in site.probes[:4]) or (_plan(site),)
    if landing is not None:
        reason = _home_failure(site) or Reason.HOME_NOT_CAPTURED
        return unseen(reason, *evidence, status=SiteStatus.BLOCKED if reason is Reason.BLOCKED else None)
    closed = [visit for visit in site.manifest.visits if _closed(visit)]
    if len(closed) >= MIN_VISITS and len(closed) == len(site.manifest.visits):
        confirmed = _span(site) >= CONFIRMED_AFTER
        reasons = () if confirmed else (NOT_CONFIRMED,)
        confidence = 0.95 if confirmed else 0.6
        return absent(SiteStatus.UNREACHABLE, *evidence, confidence=confidence, reasons=reasons)
    reason = _home_failure(site) or _most_telling(site) or Reason.HOME_NOT_CAPTURED
    return unseen(reason, *evidence, status=SiteStatus.BLOCKED if reason is Reason.BLOCKED else None)


def _closed(visit: Visit) -> bool:
    """Whether no variant could even be connected to; variants whose name does not exist do not count."""
    dead = {record.name for record in visit.dns if record.status in (DnsStatus.NXDOMAIN, DnsStatus.NO_DATA)}
    failures = [probe.failure for probe in visit.probes if not any(f"//{name}/" in f"{probe.url}/" for name in dead)]
    return bool(failures) and all(failure is Reason.UNREACHABLE for failure in failures)


def _home_failure(site: Site) -> Reason | None:
    """Return why the capture or its home page failed, the capture's own reason first."""
    failures = [page.capture.failure for page in site.pages if page.capture.page_class is PageClass.HOME]
    return site.manifest.failure or next((failure for failure in failures if failure is not None), None)


def _most_telling(site: Site) -> Reason | None:
    failures = {probe.failure for probe in site.probes}
    return next((reason for reason in _TELLING if reason in failures), None)


def _span(site: Site) -> timedelta:
    moments = [visit.at for visit in site.manifest.visits]
    return max(moments) - min(moments) if moments else timedelta(0)


def _plan(site: Site) -> Evidence:
    detail = site.manifest.detail or "aucune page lue"
    return manifest_evidence(site, EvidenceKind.PLAN, detail, url=site.manifest.normalised_url, where="pages")
