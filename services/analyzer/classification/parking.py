"""Domains that DNS shows to be parked: name servers, aliases and addresses of parking services."""

import ipaddress
import tomllib
from functools import cache
from importlib.resources import files

from services.analyzer.classification.identity import LIKELY, SURE, Identity
from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, absent
from services.analyzer.evidence import dns_evidence
from services.analyzer.site import Site
from services.contracts.names import DnsRecord

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parked_by_dns(site: Site, landing: Landing | None, identity: Identity | None) -> Classification | None:
    """Return ``parked`` when DNS leads to a parking service.

    Name servers and aliases decide alone, unless the page that answers is clearly the authority's. Addresses are
    shared with other customers of the same load balancers: they count only with a page that shows no identity and
    links to hardly anything.
    """
    if not site.manifest.visits or (identity is not None and identity.score >= SURE):
        return None
    for record in site.manifest.visits[-1].dns:
        if parking_name(record):
            return absent(SiteStatus.PARKED, dns_evidence(site, record))
        weak = identity is not None and identity.score < LIKELY and landing is not None
        if weak and landing is not None and len(landing.internal_links) < 5 and parking_address(record):
            return absent(SiteStatus.PARKED, dns_evidence(site, record), confidence=0.8)
    return None


def parking_name(record: DnsRecord) -> str | None:
    """Return the name server or alias of the record that belongs to a parking service, or None."""
    suffixes = _suffixes()
    for kind, names in (("ns", record.ns), ("cname", record.cname)):
        for name in names:
            labels = name.rstrip(".").lower()
            if any(labels == suffix or labels.endswith(f".{suffix}") for suffix in suffixes[kind]):
                return name
    return None


def parking_address(record: DnsRecord) -> str | None:
    """Return the address of the record that lies in a range of a parking service, or None."""
    for address in record.a + record.aaaa:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        if any(parsed in network for network in _ranges()):
            return address
    return None


@cache
def _table() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads(files(__package__).joinpath("parking.toml").read_text(encoding="utf-8"))


@cache
def _suffixes() -> dict[str, frozenset[str]]:
    return {kind: frozenset(row["suffix"] for row in _table()[kind]) for kind in ("ns", "cname")}


@cache
def _ranges() -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(row["network"]) for row in _table()["range"])
