"""Which of the issues of the référentiel an authority has: yes, no, or not known.

ANCT's own test reads each address once, as a browser would ask for it. Ours is the probe of the capture: an answer
that may concern us alone (a challenge, a time-out, robots.txt) leaves the issue unknown instead of making it one.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from services.analyzer.classification import classify
from services.analyzer.mail.records import dmarc_of, is_known, receives
from services.analyzer.place.judge import mail_in_union
from services.analyzer.rpnt.criteria import load_rpnt
from services.analyzer.site import Site
from services.analyzer.technique.names import provider_domains, sovereign_endings
from services.contracts.capture import Hop, Probe
from services.contracts.hosts import host_of
from services.contracts.mail import MailRecord
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.contracts.verdicts import State

Issues = Mapping[str, bool | None]

_DOWN = frozenset({Reason.UNREACHABLE, Reason.PROTOCOL_ERROR, Reason.REDIRECT_LOOP, Reason.SERVER_ERROR})
_OURS = frozenset({401, 403, 429, 503})
"""Answers that a server may give to us and to nobody else."""


def find_issues(site: Site) -> Issues:
    """Return every issue by its name: whether the authority has it, None where that is not known."""
    return {**_declared(site), **_tested(site), **_email(site), **_received(site, site.manifest.mail)}


def _declared(site: Site) -> Issues:
    address = (site.authority.declared_url or "").strip()
    ending = host_of(site.manifest.normalised_url or "").rpartition(".")[2]
    return {
        "WEBSITE_MISSING": not address,
        "WEBSITE_MALFORMED": bool(address) and not load_rpnt().website.match(address),
        "WEBSITE_DOMAIN_EXTENSION": ending not in sovereign_endings() if ending else None,
        "WEBSITE_DECLARED_HTTP": not address.lower().startswith("https:"),
    }


def _tested(site: Site) -> Issues:
    declared = site.manifest.normalised_url
    host = host_of(declared or "")
    secure, clear = _probe(site, "https", host), _probe(site, "http", host)
    bare = host.removeprefix("www.")
    found = {
        "WEBSITE_DOWN": _is_down(secure),
        "WEBSITE_SSL": _has_bad_certificate(secure),
        "WEBSITE_HTTP_REDIRECT": _stays_in_clear(clear),
        "WEBSITE_DOMAIN_REDIRECT": _leads_away(secure, bare),
        "WEBSITE_HTTPS_NOWWW": _fails_without_www(_probe(site, "https", bare), bare),
        "WEBSITE_HTTP_NOWWW": _fails_without_www(_probe(site, "http", bare), bare),
    }
    if classify(site).state is State.UNDETERMINED:
        # A failure that was not confirmed is no issue yet.
        return {issue: None if there else there for issue, there in found.items()}
    return found


def _probe(site: Site, scheme: str, host: str) -> Probe | None:
    return next((p for p in site.probes if host and p.url.startswith(f"{scheme}://") and host_of(p.url) == host), None)


def _is_down(probe: Probe | None) -> bool | None:
    """Whether the address gives no page; a certificate that does not verify is another issue."""
    if probe is None:
        return None
    if probe.final is None:
        if probe.failure is Reason.TLS_FAILURE:
            return False
        return True if probe.failure in _DOWN else None
    if probe.final.status == 200:
        return False
    return None if probe.final.status in _OURS else True


def _has_bad_certificate(probe: Probe | None) -> bool | None:
    if probe is None:
        return None
    if probe.failure is Reason.TLS_FAILURE or not probe.verified_tls:
        return True
    return False if probe.final is not None or _is_down(probe) else None


def _stays_in_clear(probe: Probe | None) -> bool | None:
    if probe is None:
        return None
    if probe.final is not None:
        return probe.final.url.startswith("http://")
    # A closed port cannot be redirected from: nobody stays in clear there.
    return False if probe.failure in _DOWN else None


def _leads_away(probe: Probe | None, declared: str) -> bool | None:
    """Whether the address ends on another host. ANCT lets official hosts pass, five steps at most (version 0.2.1)."""
    if probe is None or probe.final is None:
        return False if _is_down(probe) else None
    if _bare_host(probe.final) == declared:
        return False
    rules = load_rpnt()
    hosts = [official.host for official in rules.official]
    known = (_bare_host(hop) == declared or _is_below(_bare_host(hop), hosts) for hop in probe.hops)
    official = len(probe.hops) <= rules.most_official_hops and all(known)
    return not official


def _fails_without_www(probe: Probe | None, declared: str) -> bool | None:
    """Whether the address without www gives neither a page nor a redirect, or leads elsewhere."""
    down = _is_down(probe)
    if probe is None or probe.final is None:
        return True if down or (probe and probe.failure is Reason.DNS_FAILURE and not probe.hops) else down
    if probe.final.status in _OURS and len(probe.hops) == 1:
        return None
    return (probe.final.status != 200 and len(probe.hops) == 1) or _bare_host(probe.final) != declared


def _bare_host(hop: Hop) -> str:
    """Return the host of an exchange as ANCT compares it: lower case, without default port and www."""
    parts = urlsplit(hop.url)
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return f"{(parts.hostname or '').lower().removeprefix('www.')}{port}"


def _is_below(host: str, domains: Iterable[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _email(site: Site) -> Issues:
    domain = (site.authority.email_domain or "").strip()
    website = host_of(site.manifest.normalised_url or "").removeprefix("www.")
    return {
        "EMAIL_MISSING": not domain,
        "EMAIL_MALFORMED": bool(domain) and not load_rpnt().email_domain.match(domain),
        "EMAIL_DOMAIN_GENERIC": domain in provider_domains("anct"),
        "EMAIL_DOMAIN_EXTENSION": bool(domain) and domain.rpartition(".")[2] not in sovereign_endings(),
        "EMAIL_DOMAIN_MISMATCH": bool(domain) and domain != website,
    }


def _received(site: Site, mail: MailRecord | None) -> Issues:
    """Return the issues of the mail domain's records."""
    names = ("DNS_DOWN", "DNS_MX_MISSING", "DNS_SPF_MISSING", "DNS_DMARC_MISSING", "DNS_DMARC_WEAK")
    if mail is None or receives(mail) is None:
        return {**dict.fromkeys(names), "DNS_MX_OUTSIDE_EU": None}
    policy, inside = dmarc_of(mail.dmarc), mail_in_union(site, mail)
    return {
        "DNS_DOWN": mail.status is DnsStatus.NXDOMAIN,
        "DNS_MX_MISSING": not receives(mail),
        "DNS_SPF_MISSING": not mail.spf.texts if is_known(mail.spf) else None,
        "DNS_DMARC_MISSING": not mail.dmarc.texts if is_known(mail.dmarc) else None,
        "DNS_DMARC_WEAK": (policy is None or policy.weak) if is_known(mail.dmarc) else None,
        "DNS_MX_OUTSIDE_EU": None if inside is None else not inside,
    }
