"""Domains that a site links to and that no table knows: where the tables should grow next. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.analyzer.demarches.providers import is_state_teleservice, provider_of
from services.analyzer.presence.channels import is_channel_host
from services.analyzer.site import Site
from services.contracts.hosts import host_of, platform_of, registrable_domain, same_site

MOST_EXAMPLES = 5
_OF_THE_STATE = ("gouv.fr", "service-public.fr", "legifrance.gouv.fr")


@dataclass(frozen=True, slots=True)
class Example:
    """A link to such a domain: on whose site, where to, and what its label says."""

    code: str
    url: str
    label: str


@dataclass(slots=True)
class Unmatched:
    """A domain, the number of sites that link to it, and the first links that were seen."""

    domain: str
    sites: int = 0
    examples: list[Example] = field(default_factory=list)


def unknown_domains(site: Site) -> Mapping[str, Example]:
    """Return the registrable domains that the pages of a site link to and no table knows, each with one link."""
    own = host_of(site.final_url or "")
    found: dict[str, Example] = {}
    for page in site.readable_pages:
        for link in page.links:
            host = host_of(link.url)
            domain = registrable_domain(host)
            if domain is None or domain in found or not link.url.startswith(("http://", "https://")):
                continue
            if not same_site(host, own) and not _is_known(link.url, host):
                found[domain] = Example(site.authority.code, link.url, link.text)
    return found


def tally(sites: Iterable[Mapping[str, Example]], *, least: int) -> tuple[Unmatched, ...]:
    """Return the domains that at least so many sites link to, the most frequent first."""
    found: dict[str, Unmatched] = {}
    for domains in sites:
        for domain, example in domains.items():
            entry = found.setdefault(domain, Unmatched(domain))
            entry.sites += 1
            if len(entry.examples) < MOST_EXAMPLES:
                entry.examples.append(example)
    frequent = (entry for entry in found.values() if entry.sites >= least)
    return tuple(sorted(frequent, key=lambda entry: (-entry.sites, entry.domain)))


def _is_known(url: str, host: str) -> bool:
    return (
        provider_of(url) is not None
        or is_state_teleservice(url)
        or is_channel_host(host)
        or platform_of(host) is not None
        or any(host == domain or host.endswith(f".{domain}") for domain in _OF_THE_STATE)
    )
