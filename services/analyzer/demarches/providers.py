"""Who runs the platforms that sites lead to: hosts and address shapes as data, matched on whole labels."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import urlsplit

import re2

from services.contracts.hosts import host_of, registrable_domain

T = TypeVar("T")


class Category(StrEnum):
    """What a platform is for."""

    GRC = "grc"
    GRC_FAMILLE = "grc_famille"
    FAMILLE = "famille"
    URBANISME = "urbanisme"
    RDV = "rdv"
    PAYMENT = "payment"
    SIGNALEMENT = "signalement"
    MEDIATHEQUE = "mediatheque"
    OPERATOR = "operator"
    STATE_TOOL = "state_tool"
    FORM = "form"
    MARCHES = "marches"
    PARTICIPATION = "participation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One vendor or operator. ``verified``: an address of this shape was seen on a town's site."""

    id: str
    name: str
    category: Category
    verified: bool
    hosts: tuple[str, ...]
    path: str = ""


def provider_of(url: str, *, outside: bool = True) -> Provider | None:
    """Return who runs the platform at an address; shapes of paths count only ``outside`` of the site itself."""
    host = host_of(url)
    if not host:
        return None
    rest = _rest(url)
    found = _at(host, rest, _by_host())
    if found is not None:
        return found
    if outside:
        address = (host + rest).lower()
        for pattern, provider in _by_path():
            if pattern.search(address):
                return provider
    return None


def is_front_page(url: str) -> bool:
    """Whether an address is a vendor's own front page, which credits in the foot of a site lead to as well."""
    host = host_of(url)
    bare = host.removeprefix("www.")
    return bare == registrable_domain(host) and _rest(url).strip("/#?") == ""


def is_state_teleservice(url: str) -> bool:
    """Whether an address is one at which the State takes requests."""
    return _at(host_of(url), _rest(url), _state()) is not None


@cache
def portal_labels() -> frozenset[str]:
    """Return the first labels of sub-domains under which authorities run a portal of their own."""
    return frozenset(row["label"] for row in _read()["portal"])


def all_providers() -> tuple[Provider, ...]:
    """Return every provider, in the order of the file."""
    return _table()


@cache
def _table() -> tuple[Provider, ...]:
    rows = _read()
    platforms = [_provider(row, Category(row["category"])) for row in rows["provider"]]
    return (*platforms, *(_provider(row, Category.PAYMENT) for row in rows["payment"]))


@cache
def _state() -> "_Addresses[str]":
    return _addresses((row["address"], row["address"]) for row in _read()["state"])


@cache
def _by_host() -> "_Addresses[Provider]":
    return _addresses((host, provider) for provider in _table() for host in provider.hosts)


@cache
def _by_path() -> tuple[tuple[Any, Provider], ...]:
    return tuple((re2.compile(provider.path), provider) for provider in _table() if provider.path)


def _provider(row: dict[str, Any], category: Category) -> Provider:
    hosts: Iterable[str] = row["hosts"]
    return Provider(
        id=row["id"],
        name=row["name"],
        category=category,
        verified=row["verified"],
        hosts=tuple(hosts),
        path=row.get("path", ""),
    )


def _read() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("providers.toml").read_text(encoding="utf-8"))


_Addresses = Mapping[str, tuple[tuple[str, T], ...]]
"""What is at each domain, by the beginning of the path it is at, the longest beginning first."""


def _addresses(pairs: Iterable[tuple[str, T]]) -> _Addresses[T]:
    found: dict[str, list[tuple[str, T]]] = defaultdict(list)
    for address, what in pairs:
        domain, slash, path = address.partition("/")
        found[domain].append((slash + path, what))
    return {domain: tuple(sorted(paths, key=lambda pair: -len(pair[0]))) for domain, paths in found.items()}


def _at(host: str, rest: str, addresses: _Addresses[T]) -> T | None:
    """Return what is at a host and the rest of its address: of the host itself first, then of its domains."""
    domain = host
    while domain:
        for path, what in addresses.get(domain, ()):
            if rest.startswith(path):
                return what
        _, _, domain = domain.partition(".")
    return None


def _rest(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
