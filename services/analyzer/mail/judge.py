"""Verdicts on mail security and on what the name servers say of the site's domain."""

from services.analyzer.evidence import dns_evidence, manifest_evidence, plan_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.mail.records import dmarc_of, is_known, receives, spf_of
from services.analyzer.site import Site
from services.contracts.capture import Probe
from services.contracts.hosts import host_of, registrable_domain
from services.contracts.mail import MailRecord, TextAnswer
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

_SPF_STATES = {"strict": State.YES, "soft": State.YES, "permissive": State.PARTIAL}
_DMARC_STATES = {"reject": State.YES, "quarantine": State.YES, "none": State.PARTIAL}


def judge_spf(site: Site) -> Finding:
    """Return what the e-mail domain's SPF says, as the value."""
    mail = site.manifest.mail
    if mail is None or not is_known(mail.spf):
        return unasked(site)
    value = spf_of(mail.spf)
    shown = text_evidence(site, mail.spf)
    if value is None:
        return undetermined(Reason.NOT_TESTED, shown)
    state = _SPF_STATES.get(value, State.NO)
    return Finding(state=state, value=value, reasons=() if state is State.YES else (f"spf_{value}",), evidence=(shown,))


def judge_dmarc(site: Site) -> Finding:
    """Return the e-mail domain's DMARC policy, as the value."""
    mail = site.manifest.mail
    if mail is None or not is_known(mail.dmarc):
        return unasked(site)
    found = dmarc_of(mail.dmarc)
    value = found.policy if found else "absent"
    state = _DMARC_STATES.get(value, State.NO)
    reasons = () if state is State.YES else (f"dmarc_{value}",)
    return Finding(state=state, value=value, reasons=reasons, evidence=(text_evidence(site, mail.dmarc),))


def judge_dkim(site: Site) -> Finding:
    """Return whether a DKIM key was found under a common selector; never ``no``, since selectors are free."""
    mail = site.manifest.mail
    if mail is None or mail.status is DnsStatus.FAILURE:
        return unasked(site)
    if not mail.dkim:
        return undetermined(Reason.NOT_TESTED, _dns(site, mail.domain, "aucun sélecteur courant"))
    shown = ", ".join(f"{selector}._domainkey.{mail.domain}" for selector in mail.dkim)
    return Finding(state=State.YES, evidence=(_dns(site, mail.domain, shown),))


def judge_provider(site: Site) -> Finding:
    """Return the domain of the server that receives the mail, as the value; ``no`` where none does."""
    mail = site.manifest.mail
    received = None if mail is None else receives(mail)
    if mail is None or received is None:
        return unasked(site)
    if not received:
        return Finding(state=State.NO, reasons=("mx_missing",), evidence=(mx_evidence(site, mail),))
    host = mail.exchanges[0].host
    return Finding(state=State.YES, value=registrable_domain(host) or host, evidence=(mx_evidence(site, mail),))


def judge_mail_ipv6(site: Site) -> Finding:
    """Return whether a server that receives the mail has an IPv6 address."""
    mail = site.manifest.mail
    if mail is None or receives(mail) is None:
        return unasked(site)
    reached = any(":" in address for exchange in mail.exchanges for address in exchange.addresses)
    return Finding(state=State.YES if reached else State.NO, evidence=(mx_evidence(site, mail),))


def judge_web_ipv6(site: Site) -> Finding:
    """Return whether the host of the home page has an IPv6 address."""
    host = host_of(site.final_url or "")
    records = site.manifest.visits[-1].dns if site.manifest.visits else ()
    record = next((record for record in records if record.name == host), None)
    if record is None or record.status is DnsStatus.FAILURE:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    return Finding(state=State.YES if record.aaaa else State.NO, evidence=(dns_evidence(site, record),))


def judge_signed(site: Site) -> Finding:
    """Return whether the site's domain is signed: its parent publishes a DS record (RFC 4034)."""
    status = site.manifest.signed
    domain = registrable_domain(host_of(site.manifest.normalised_url or "")) or ""
    if status is None or status is DnsStatus.FAILURE:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    shown = _dns(site, domain, f"{domain} DS : {status}")
    return Finding(state=State.YES if status is DnsStatus.OK else State.NO, evidence=(shown,))


def judge_security_txt(site: Site) -> Finding:
    """Return whether the site says whom to tell of a weakness: a text with a Contact field (RFC 9116)."""
    probe = site.manifest.security_txt
    if probe is None:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    if probe.final is None:
        return undetermined(probe.failure or Reason.NOT_TESTED, plan_evidence(site))
    if probe.final.status not in (200, 404, 410):
        return undetermined(Reason.UNEXPECTED_CONTENT, _security(site, probe, ""))
    body = site.bodies.get(probe.body.key) if probe.body else None
    fields = (line.strip() for line in body.html.splitlines()) if body else ()
    contact = next((line for line in fields if line.lower().startswith("contact:")), "")
    return Finding(state=State.YES if contact else State.NO, evidence=(_security(site, probe, contact),))


def unasked(site: Site) -> Finding:
    """Return the finding where there is no official e-mail, or where its name servers did not answer."""
    mail = site.manifest.mail
    if not site.authority.email_domain:
        return not_applicable("no_email")
    if mail is None:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    return undetermined(Reason.DNS_FAILURE, mx_evidence(site, mail))


def mx_evidence(site: Site, mail: MailRecord) -> Evidence:
    """Return where the mail of a domain is received, as evidence."""
    shown = ", ".join(f"{exchange.preference} {exchange.host}" for exchange in mail.exchanges)
    return _dns(site, mail.domain, f"{mail.domain} MX : {shown or mail.status}")


def text_evidence(site: Site, answer: TextAnswer) -> Evidence:
    """Return the answer to a question for TXT records as evidence."""
    return _dns(site, answer.name, f"{answer.name} TXT : {' ; '.join(answer.texts) or answer.status}")


def _security(site: Site, probe: Probe, contact: str) -> Evidence:
    status = probe.final.status if probe.final else "-"
    return manifest_evidence(
        site, EvidenceKind.REQUEST, f"{probe.url} → {status} {contact}".strip(), url=probe.url, where="security_txt"
    )


def _dns(site: Site, name: str, shown: str) -> Evidence:
    return manifest_evidence(site, EvidenceKind.DNS, shown, where=name)
