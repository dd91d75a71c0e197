"""Host names: registrable domains, and the shared platforms on which many authorities have a page."""

import tomllib
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

import tldextract

from services.contracts.model import Record


class PlatformCategory(StrEnum):
    """What a shared platform is for."""

    SOCIAL = "social"
    APP = "app"
    DIRECTORY = "directory"
    BUILDER = "builder"
    PRIVATE_SUFFIX = "private_suffix"


class Platform(Record):
    """A domain whose sub-domains or paths belong to its customers, not to its owner."""

    suffix: str
    category: PlatformCategory


@cache
def _extractors() -> tuple[tldextract.TLDExtract, tldextract.TLDExtract]:
    """Return the extractors with and without private suffixes; both use the list that ships with the library."""
    return (
        tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False),
        tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True),
    )


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """Return the lower-case host of a URL, without port or trailing dot; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


@cache
def registrable_domain(host: str) -> str | None:
    """Return the registrable domain of a host (ICANN suffixes), None for addresses and bare suffixes."""
    return _extractors()[0].extract_str(host.rstrip(".").lower()).top_domain_under_public_suffix or None


def same_site(first: str, second: str) -> bool:
    """Whether two hosts are under one registrable domain, and one customer of a shared platform."""
    one, two = first.lower().removeprefix("www."), second.lower().removeprefix("www.")
    if one == two:
        return True
    if platform_of(one) or platform_of(two):
        return False
    domain = registrable_domain(one)
    return domain is not None and domain == registrable_domain(two)


@cache
def _platforms() -> dict[str, Platform]:
    table = tomllib.loads(files(__package__).joinpath("platforms.toml").read_text(encoding="utf-8"))
    return {
        suffix: Platform(suffix=suffix, category=PlatformCategory(row["category"]))
        for row in table["platforms"]
        for suffix in row["suffixes"]
    }


def shared_platforms() -> tuple[Platform, ...]:
    """Return the platforms of ``platforms.toml``, in its order."""
    return tuple(_platforms().values())


def platform_of(host: str) -> Platform | None:
    """Return the shared platform a host belongs to, matched on whole labels, or None.

    The platforms of ``platforms.toml`` come first, then the private section of the Public Suffix
    List (a registry of domains whose sub-domains have different owners).
    """
    labels = host.rstrip(".").lower().split(".")
    for start in range(len(labels) - 1):
        platform = _platforms().get(".".join(labels[start:]))
        if platform:
            return platform
    found = _extractors()[1].extract_str(".".join(labels))
    if found.is_private and found.suffix:
        return Platform(suffix=found.suffix, category=PlatformCategory.PRIVATE_SUFFIX)
    return None
