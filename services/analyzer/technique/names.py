"""The domains of a site and of the town's e-mail: their ending, whose name they bear, and whose they are."""

import tomllib
from functools import cache
from importlib.resources import files

from services.analyzer.classification.names import names_of, slug_in
from services.analyzer.evidence import manifest_evidence, registry_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.site import Site
from services.analyzer.third_party import owner_of
from services.contracts.hosts import host_of, registrable_domain
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

EMAIL_CLASSES = ("own_domain", "other_public_domain", "other_collectivity", "isp_or_webmail")
_PUBLIC = ("gouv.fr",)


def judge_ending(site: Site) -> Finding:
    """Return the ending of the site's domain, as the value; ``yes`` for .fr and the endings of its territories."""
    host = host_of(site.final_url or "")
    if not host:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    ending = host.rsplit(".", 1)[-1]
    sovereign = ending in sovereign_endings()
    return Finding(
        state=State.YES if sovereign else State.NO,
        value=ending,
        reasons=() if sovereign else ("other_ending",),
        evidence=(_host_evidence(site, host),),
    )


def judge_name(site: Site) -> Finding:
    """Return whether the site's own domain bears the authority's name."""
    host = host_of(site.final_url or "")
    if not host:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    domain = registrable_domain(host) or host
    slug = slug_in(domain, names_of(site.authority))
    return Finding(
        state=State.YES if slug else State.NO,
        reasons=() if slug else ("other_name",),
        evidence=(_host_evidence(site, host),),
    )


def judge_email_domain(site: Site) -> Finding:
    """Return whose domain the registered e-mail address is on; ``yes`` for the town's own or another public one."""
    domain = (site.authority.email_domain or "").lower()
    if not domain:
        return not_applicable("no_email")
    evidence = (registry_evidence(site, "email_domain", domain),)
    kind = _email_class(site, domain)
    state = {"own_domain": State.YES, "isp_or_webmail": State.NO}.get(kind, State.PARTIAL)
    reasons = () if state is State.YES else (kind,)
    return Finding(state=state, value=kind, confidence=0.9, reasons=reasons, evidence=evidence)


def _email_class(site: Site, domain: str) -> str:
    if domain in provider_domains():
        return "isp_or_webmail"
    host = host_of(site.final_url or site.manifest.normalised_url or "")
    if host and registrable_domain(host) == registrable_domain(domain):
        return "own_domain"
    if any(domain == ending or domain.endswith("." + ending) for ending in _PUBLIC):
        return "other_public_domain"
    owner = owner_of(site.authority, domain)
    if owner.state is State.PARTIAL:
        return "other_collectivity"
    return "own_domain" if slug_in(domain, names_of(site.authority)) else "other_public_domain"


def _host_evidence(site: Site, host: str) -> Evidence:
    return manifest_evidence(site, EvidenceKind.REQUEST, host, url=site.final_url, where="final_url")


@cache
def provider_domains(kind: str | None = None) -> frozenset[str]:
    """Return the e-mail domains of access providers and webmails; of one list (``anct``) only where it is named."""
    rows = tomllib.loads(files(__package__).joinpath("email_domains.toml").read_text(encoding="utf-8"))["domains"]
    return frozenset(suffix for row in rows if kind in (None, row["kind"]) for suffix in row["suffixes"])


@cache
def sovereign_endings() -> frozenset[str]:
    """Return the endings of domains that ANCT counts as sovereign."""
    text = files(__package__).joinpath("endings.toml").read_text(encoding="utf-8")
    return frozenset(row["ending"] for row in tomllib.loads(text)["endings"])
