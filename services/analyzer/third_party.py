"""Whose domain a site stands on: its authority's, another collectivité's, or a shared platform's."""

import re
from dataclasses import dataclass

from services.contracts.authorities import Authority, Kind
from services.contracts.hosts import platform_of, registrable_domain
from services.contracts.text import slug
from services.contracts.verdicts import State

_SMALL_WORDS = frozenset({"le", "la", "les", "l", "d", "de", "du", "des", "en", "sur", "sous", "et", "aux", "au", "a"})
_EPCI_WORDS = frozenset(
    {"communaute", "communes", "agglomeration", "agglo", "urbaine", "metropole", "cc", "ca", "cu", "pays", "com"}
)
_EPCI_LABEL = re.compile(r"^cc-|-cc$|^comcom|comcom$|agglo|metropole|communaute|interco")


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOwner:
    """Whose domain it is. ``state`` is yes for a third party's, partial for another collectivité's, no for its own."""

    state: State
    domain: str
    reason: str
    confidence: float = 0.95


def owner_of(authority: Authority, host: str) -> DomainOwner:
    """Return whose domain a host belongs to, as far as names and the list of shared platforms tell."""
    bare = host.lower().removeprefix("www.")
    platform = platform_of(bare)
    if platform:
        return DomainOwner(state=State.YES, domain=platform.suffix, reason=f"platform_{platform.category}")
    domain = registrable_domain(bare) or bare
    if authority.kind is Kind.COMMUNE and (reason := _other_collectivity(authority, bare, domain)):
        confidence = 0.95 if reason == "epci_domain" else 0.8
        return DomainOwner(state=State.PARTIAL, domain=domain, reason=reason, confidence=confidence)
    return DomainOwner(state=State.NO, domain=domain, reason="own_domain")


def _other_collectivity(authority: Authority, host: str, domain: str) -> str | None:
    """Return why the domain is another collectivité's: its EPCI's by name, or a sub-domain that bears the name."""
    label, below = domain.split(".", 1)[0], host.removesuffix(domain).rstrip(".")
    own, interco = _bears(authority.name, label), bool(_EPCI_LABEL.search(label))
    if interco and not _EPCI_LABEL.search(slug(authority.name)):
        return "epci_domain" if _is_epci(authority, label) else "intercommunal_domain"
    if own:
        return None
    if _is_epci(authority, label):
        return "epci_domain"
    return "sub_domain_of_another" if below and _bears(authority.name, below) else None


def _is_epci(authority: Authority, label: str) -> bool:
    """Whether a domain label holds every distinctive word of the EPCI's name."""
    words = [w for w in _words(authority.epci_name or "") if w not in _EPCI_WORDS]
    return bool(words) and all(word in label for word in words) and len("".join(words)) >= 4


def _bears(name: str, label: str) -> bool:
    """Whether a label bears the name of a place, hyphens, articles and « saint » abbreviations apart."""
    compact = label.replace("-", "").replace(".", "")
    whole = slug(name).replace("-", "")
    short = whole.replace("saint", "st").replace("sainte", "ste")
    words = [word for word in _words(name) if word not in {"saint", "sainte"}]
    return whole in compact or short in compact or (bool(words) and all(word in compact for word in words))


def _words(name: str) -> list[str]:
    return [word for word in slug(name).split("-") if word and word not in _SMALL_WORDS]
