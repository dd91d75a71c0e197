"""What the probes of a site's URL variants say together: whether it is there, and under which address."""

from collections.abc import Sequence

from services.contracts.capture import Probe, Visit
from services.contracts.hosts import PlatformCategory, host_of, platform_of
from services.contracts.names import DnsRecord, DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.domain.retry import probe_may_pass

_PRECEDENCE = (
    Reason.OPTED_OUT,
    Reason.LIMIT_REACHED,
    Reason.ROBOTS,
    Reason.FORBIDDEN_ADDRESS,
    Reason.TOO_LARGE,
    Reason.UNEXPECTED_CONTENT,
    Reason.REDIRECT_LOOP,
    Reason.PROTOCOL_ERROR,
    Reason.SERVER_ERROR,
    Reason.TLS_FAILURE,
    Reason.TIMEOUT,
    Reason.UNREACHABLE,
    Reason.NETWORK_FAILURE,
    Reason.DNS_FAILURE,
)
"""Of several failures, the one that says most: a refusal tells more than a silence."""


def resolves(dns: Sequence[DnsRecord]) -> bool:
    """Whether one of the names has an address."""
    return any(record.status is DnsStatus.OK and (record.a or record.aaaa) for record in dns)


def name_is_dead(dns: Sequence[DnsRecord]) -> bool:
    """Whether the name servers said for every name that it has no address (a finding, not a failure)."""
    return bool(dns) and all(record.status in (DnsStatus.NXDOMAIN, DnsStatus.NO_DATA) for record in dns)


def answered(probe: Probe) -> bool:
    """Whether a final response was read, whatever its status."""
    return probe.final is not None


def worth_another_visit(visit: Visit) -> bool:
    """Whether nothing good answered, in a way that may pass: no name, no connection, no response, a 5xx, a 429."""
    if any(_settled(probe) for probe in visit.probes):
        return False
    return not visit.probes or any(probe_may_pass(probe) for probe in visit.probes)


def _settled(probe: Probe) -> bool:
    """Whether a probe got an answer that another visit would not change."""
    if probe.final is None:
        return probe.failure is Reason.ROBOTS
    return not probe_may_pass(probe)


def best_address(declared: str, visit: Visit) -> str | None:
    """Return the URL to show as the home page, None when nothing answered or robots.txt refuses a variant.

    The declared URL when it ends in success; then an https variant that does; then any that does; then
    whatever answered, the declared URL first. The redirects are left to the browser.
    """
    if any(probe.failure is Reason.ROBOTS for probe in visit.probes):
        return None  # a refusal at one of its addresses is meant for the site
    usable = [probe for probe in visit.probes if answered(probe)]
    good = [probe for probe in usable if probe.final is not None and probe.final.status < 400]
    ordered = sorted(good, key=lambda p: (p.url != declared, not p.verified_tls, not _secure(p))) + [
        probe for probe in sorted(usable, key=lambda p: p.url != declared) if probe not in good
    ]
    return ordered[0].url if ordered else None


def other_entrances(probes: Sequence[Probe]) -> tuple[str, ...]:
    """Return the http and https roots of a host that redirects led to and that no probe asked for.

    What the site does with a plain http visit, and whether it has a certificate, is to be judged on the
    name where it lives now.
    """
    asked = {host_of(probe.url).removeprefix("www.") for probe in probes}
    for probe in probes:
        host = host_of(probe.final.url) if probe.final is not None and probe.final.status < 400 else ""
        if host and host.removeprefix("www.") not in asked and not _is_social(host):
            ended = {probe.final.url for probe in probes if probe.final is not None}
            return tuple(url for url in (f"https://{host}/", f"http://{host}/") if url not in ended)
    return ()


def visit_failure(visit: Visit) -> tuple[Reason, str]:
    """Return why a visit saw nothing, and the words of the most telling failure."""
    if not visit.probes:
        detail = "; ".join(f"{record.name}: {record.status.value} {record.detail}".strip() for record in visit.dns)
        # A name that does not exist is as unreachable as can be; the DNS records say which it was.
        return (Reason.UNREACHABLE if name_is_dead(visit.dns) else Reason.DNS_FAILURE), detail
    failures = [probe for probe in visit.probes if probe.failure is not None]
    for reason in _PRECEDENCE:
        for probe in failures:
            if probe.failure is reason:
                return reason, f"{probe.url}: {probe.detail}".strip(": ")
    if failures and failures[0].failure is not None:
        return failures[0].failure, failures[0].detail
    return Reason.UNREACHABLE, ""


def _is_social(host: str) -> bool:
    platform = platform_of(host)
    return platform is not None and platform.category is PlatformCategory.SOCIAL


def _secure(probe: Probe) -> bool:
    return probe.url.startswith("https:")
