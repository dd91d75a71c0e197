"""Whether HTTPS works and is imposed, whether its certificate is valid, and whether HSTS protects returns."""

from services.analyzer.evidence import manifest_evidence, plan_evidence, probe_evidence, tls_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.site import Site
from services.analyzer.transport.hsts import SIX_MONTHS, parse_max_age
from services.contracts.capture import Hop, Probe
from services.contracts.hosts import host_of, same_site
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

NO_TLS = "no_tls"
_NO_HTTPS = frozenset(
    {Reason.TLS_FAILURE, Reason.UNREACHABLE, Reason.PROTOCOL_ERROR, Reason.REDIRECT_LOOP, Reason.UNEXPECTED_CONTENT}
)
"""Failures that say that nothing answers in HTTPS; the others (time-out, challenge, …) say nothing."""


def judge_enforced(site: Site) -> Finding:
    """Return whether a visitor who types the address in http ends in HTTPS on the final site."""
    if not site.probes or site.final_url is None:
        return undetermined(Reason.NOT_TESTED)
    # A declared name that redirects to another one speaks for it too: it is where the public enters.
    probes = [probe for probe in site.probes if _leads_to(probe, host_of(site.final_url))]
    evidence = tuple(probe_evidence(site, probe) for probe in probes)
    secure = https_works(site)
    if isinstance(secure, Reason):
        return undetermined(secure, *evidence)
    if not secure:
        return Finding(state=State.NO, reasons=("no_https",), evidence=evidence or (plan_evidence(site),))
    clear = [probe for probe in probes if probe.url.startswith("http://")]
    if not clear:
        return undetermined(Reason.NOT_TESTED, *evidence)
    left = [probe for probe in clear if _stays_in_clear(probe)]
    certificate = () if all(probe.verified_tls for probe in probes) else ("certificate_problem",)
    if left:
        return Finding(state=State.PARTIAL, reasons=("http_not_redirected", *certificate), evidence=evidence)
    closed = () if any(_reaches_https(probe) for probe in clear) else ("http_closed",)
    if closed and any(probe.failure is not None and probe.failure not in _NO_HTTPS for probe in clear):
        return undetermined(Reason.NOT_TESTED, *evidence)
    return Finding(state=State.YES, reasons=(*closed, *certificate), evidence=evidence)


def _leads_to(probe: Probe, host: str) -> bool:
    """Whether a variant is on the site of a host, or ends there."""
    return same_site(host_of(probe.url), host) or (
        probe.final is not None and same_site(host_of(probe.final.url), host)
    )


def https_works(site: Site) -> bool | Reason:
    """Return whether the site answers in HTTPS, a bad certificate notwithstanding, or why that is unknown."""
    final = site.final_url or ""
    if final.startswith("https://"):
        return True
    probes = [probe for probe in site.probes if probe.url.startswith("https://")]
    ours = [probe for probe in probes if same_site(host_of(probe.url), host_of(final))]
    if not ours:
        return Reason.NOT_TESTED
    if any(_reaches_https(probe) and same_site(host_of(probe.hops[-1].url), host_of(final)) for probe in ours):
        return True
    # The other of www/no-www may not even exist: the host of the final site speaks for it.
    judged = [probe for probe in ours if host_of(probe.url) == host_of(final)] or ours
    for probe in judged:
        if probe.failure is not None and probe.failure not in _NO_HTTPS:
            return probe.failure
    return False


def judge_certificate(site: Site) -> Finding:
    """Return whether the certificate of the final host is valid; the value is the error, None when it is."""
    host = host_of(site.final_url or "")
    record = site.tls_of(host)
    if record is None:
        secure = https_works(site)
        if secure is False:
            probes = (probe_evidence(site, probe) for probe in site.probes if probe.url.startswith("https://"))
            return Finding(state=State.NO, value=NO_TLS, reasons=(NO_TLS,), evidence=tuple(probes))
        return undetermined(secure if isinstance(secure, Reason) else Reason.NOT_TESTED)
    evidence = tls_evidence(site, record)
    if record.verified:
        return Finding(state=State.YES, evidence=(evidence,))
    if not record.handshake:
        secure = https_works(site)
        if isinstance(secure, Reason):
            return undetermined(secure, evidence)
        return Finding(state=State.NO, value=NO_TLS, reasons=(NO_TLS,), evidence=(evidence,))
    error = record.error or "other"
    state = State.PARTIAL if error == "incomplete_chain" else State.NO
    confidence = 0.8 if error == "other" else 0.95
    return Finding(state=state, value=error, confidence=confidence, reasons=(error,), evidence=(evidence,))


def judge_hsts(site: Site) -> Finding:
    """Return whether the final HTTPS response asks browsers to stay in HTTPS; the value is its max-age in seconds."""
    if site.final_url is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    hop = final_response(site)
    if not site.final_url.startswith("https://"):
        evidence = manifest_evidence(site, EvidenceKind.REQUEST, "site servi en http", url=site.final_url)
        return Finding(state=State.NO, reasons=("not_https",), evidence=(evidence,))
    if hop is None:
        return undetermined(Reason.NOT_TESTED)
    header = hop.header("strict-transport-security")
    evidence = manifest_evidence(
        site, EvidenceKind.HEADER, header or "en-tête absent", url=hop.url, where="strict-transport-security"
    )
    if header is None:
        return Finding(state=State.NO, reasons=("no_header",), evidence=(evidence,))
    age = parse_max_age(header)
    if not age:
        reason = "invalid_header" if age is None else "zero_max_age"
        return Finding(state=State.NO, value=age, reasons=(reason,), evidence=(evidence,))
    return Finding(state=State.YES if age >= SIX_MONTHS else State.PARTIAL, value=age, evidence=(evidence,))


def final_response(site: Site) -> Hop | None:
    """Return the final response of the home page: as rendered, else as probed."""
    hops = tuple(site.home_hops())
    if hops:
        return hops[-1]
    ends = (probe.final for probe in site.probes)
    return next((hop for hop in ends if hop and hop.url == site.final_url), None)


def _reaches_https(probe: Probe) -> bool:
    """Whether the probe ended on a page in HTTPS, or was on its way there when it failed."""
    if probe.failure is not None:
        return bool(probe.failed_url and probe.failed_url.startswith("https://") and probe.url.startswith("http://"))
    return probe.final is not None and probe.final.url.startswith("https://") and probe.final.status < 400


def _stays_in_clear(probe: Probe) -> bool:
    """Whether a page is served in clear at the end of the probe. An error page is not the site."""
    return probe.final is not None and probe.final.url.startswith("http://") and probe.final.status < 400
