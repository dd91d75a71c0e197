"""Where a link leads, as the types of démarche that the 2018 study tells apart (chapter 3)."""

import re
from dataclasses import dataclass
from enum import IntEnum

import re2

from services.analyzer.demarches.providers import (
    Category,
    Provider,
    is_front_page,
    is_state_teleservice,
    portal_labels,
    provider_of,
)
from services.contracts.authorities import Authority, Kind
from services.contracts.hosts import host_of, platform_of, registrable_domain, same_site
from services.contracts.text import slug


class Target(IntEnum):
    """What a résident finds at the other end, the least helpful first."""

    INFORMATION = 0
    DOWNLOAD = 1
    EXTERNAL = 2
    STATE = 3
    FORM = 4
    PLATFORM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an address leads. ``own``: the platform shows this authority's own entry, not one of its EPCI or vendor.

    ``epci`` is the name of the intercommunality whose portal it is, where the address says so.
    """

    target: Target
    provider: Provider | None = None
    own: bool = True
    label: str | None = None
    epci: str | None = None


_DOCUMENT = re.compile(r"\.(?:pdf|docx?|odt|rtf|xlsx?|ods)$", re.IGNORECASE)
_CO_MARKING = re2.compile(
    r"[?&]xml=[fnr]\d{3,6}|/(?:particuliers?|associations?|professionnels?|entreprises?|guide-des-(?:droits|demarches))"
    r"[^?#]*[/?](?:xml=)?[fnr]\d{3,6}|/comarquage|/publication/[fnr]\d"
)
_BY_AN_AUTHORITY = re.compile(r"mairie|commune|ville|communaute|metropole|agglo")
_SHORTEST_SLUG = 4


def destination(url: str, authority: Authority, site_host: str) -> Destination:
    """Return where an address on a site leads."""
    if not url.lower().startswith(("http://", "https://")):
        return Destination(target=Target.INFORMATION)
    host = host_of(url)
    outside = not same_site(host, site_host)
    provider = provider_of(url, outside=host.removeprefix("www.") != site_host.removeprefix("www."))
    if provider is not None:
        return _at_provider(url, provider, authority, own_domain=not outside)
    if is_state_teleservice(url):
        return Destination(target=Target.STATE)
    if not outside and _CO_MARKING.search(url.lower()):
        return Destination(target=Target.EXTERNAL, label="comarquage")
    if _DOCUMENT.search(url.split("?", 1)[0].split("#", 1)[0]):
        return Destination(target=Target.DOWNLOAD)
    label = _portal_label(host, site_host, authority)
    if label is not None:
        epci = authority.epci_name if outside else None
        return Destination(target=Target.PLATFORM, own=not outside, label=label, epci=epci)
    return Destination(target=Target.EXTERNAL if outside else Target.INFORMATION)


def _at_provider(url: str, provider: Provider, authority: Authority, *, own_domain: bool) -> Destination:
    if provider.category is Category.FORM:
        return Destination(target=Target.FORM, provider=provider)
    if provider.category is Category.STATE_TOOL:
        by_authority = _names(url, authority) or bool(_BY_AN_AUTHORITY.search(url.lower()))
        return Destination(target=Target.PLATFORM if by_authority else Target.STATE, provider=provider)
    own = own_domain or provider.category is Category.PAYMENT or (not is_front_page(url) and _names(url, authority))
    shared = not own and _names_interco(slug(url), authority.epci_name or "")
    return Destination(target=Target.PLATFORM, provider=provider, own=own, epci=authority.epci_name if shared else None)


def _names(url: str, authority: Authority) -> bool:
    """Whether an address names the authority: by its name, a postal code or its INSEE code."""
    compact = slug(url).replace("-", "")
    if authority.kind is Kind.EPCI:
        return _names_interco(compact, authority.name) or authority.code in url
    name = slug(authority.name).replace("-", "")
    short = name.replace("saint", "st")
    codes = (*authority.postal_codes, authority.code)
    return (len(name) >= _SHORTEST_SLUG and (name in compact or short in compact)) or any(c in url for c in codes)


def _portal_label(host: str, site_host: str, authority: Authority) -> str | None:
    """Return the label of a portal that the authority, or its EPCI, runs under a domain of its own."""
    label, _, domain = host.partition(".")
    if label not in portal_labels() or platform_of(host) is not None or host == site_host:
        return None
    if registrable_domain(host) == registrable_domain(site_host):
        return label
    return label if _names_interco(slug(domain), authority.epci_name or "") else None


def _names_interco(text: str, name: str) -> bool:
    """Whether a text holds every telling word of an intercommunality's name."""
    words = [word for word in slug(name).split("-") if len(word) >= _SHORTEST_SLUG and word not in _INTERCO]
    return bool(words) and all(word in text for word in words)


_INTERCO = frozenset({"communaute", "communes", "agglomeration", "agglo", "urbaine", "metropole", "pays"})
