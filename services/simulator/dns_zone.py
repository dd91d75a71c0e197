"""What the name servers of the synthetic country know. Pure: a question gives records, or that there are none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from services.contracts.hosts import registrable_domain
from services.simulator.country import Country, SyntheticSite
from services.simulator.features import Status
from services.simulator.mail import EXCHANGE, mail_setup
from services.simulator.names import patterns
from services.simulator.replies import PARKING_HOST, PORTAL_HOSTS, TRACKER_HOSTS

NAME_SERVERS = ("ns1.dns-du-pays.example", "ns2.dns-du-pays.example")
PARKING_NAME_SERVERS = ("ns1.sedoparking.com", "ns2.sedoparking.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What a name server says of a name: ``exists`` False is NXDOMAIN; no record of a type is an empty answer."""

    exists: bool
    addresses: tuple[str, ...] = ()
    alias: str | None = None
    name_servers: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class Names(Protocol):
    """What a name server can be asked."""

    def lookup(self, name: str) -> Records:
        """Return what is known of a name (any case, with or without final dot)."""


class Zone:
    """Every name of a country. Addresses are of the documentation range 192.0.2.0/24 (RFC 5737): never routed."""

    def __init__(self, country: Country) -> None:
        self._sites: Mapping[str, SyntheticSite] = {
            host: site for host, site in country.by_host.items() if site.features.status is not Status.DNS_DEAD
        }
        self._around = TRACKER_HOSTS | PORTAL_HOSTS | {PARKING_HOST} | set(patterns().wrong.hosts)
        self._domains = {
            domain: self._sites.get(host)
            for host in self._around | set(self._sites)
            if (domain := registrable_domain(host))
        }
        self._mail_domains = {site.authority.email_domain for site in country.sites.values()} - {None}
        self._parents = {
            ".".join(labels[start:])
            for host in self._around | set(self._sites)
            for labels in [host.split(".")]
            for start in range(1, len(labels) - 1)
        }

    def lookup(self, name: str) -> Records:
        """Return what is known of a name (any case, with or without final dot)."""
        name = name.lower().rstrip(".")
        mail = self._mail(name)
        if mail is not None and name not in self._sites and name not in self._domains:
            return mail
        site = self._sites.get(name)
        alias = PARKING_HOST if site and site.features.variant == "cname" else None
        reachable = site is not None or name in self._around
        return Records(
            exists=reachable or name in self._domains or name in self._parents,
            addresses=(_address(alias or name),) if reachable else (),
            alias=alias,
            name_servers=self._name_servers(name),
            exchanges=mail.exchanges if mail else (),
            texts=mail.texts if mail else (),
        )

    def _mail(self, name: str) -> Records | None:
        """Return what is published for mail at a name, None where it has nothing to do with mail."""
        if name == EXCHANGE:
            return Records(exists=True, addresses=(_address(name),))
        labels = name.split(".")
        above = (".".join(labels[start:]) for start in range(len(labels)))
        domain = next((domain for domain in above if domain in self._mail_domains), None)
        if domain is None:
            return None
        setup, label = mail_setup(domain), name.removesuffix(domain).rstrip(".")
        if label and label not in setup.labels:
            return None
        exchanges = (f"10 {EXCHANGE}.",) if setup.received and not label else ()
        return Records(exists=True, exchanges=exchanges, texts=setup.texts(label))

    def _name_servers(self, name: str) -> tuple[str, ...]:
        if name not in self._domains:
            return ()
        site = self._domains[name]
        return PARKING_NAME_SERVERS if site and site.features.variant == "sedo_ns" else NAME_SERVERS


def _address(name: str) -> str:
    return f"192.0.2.{1 + hashlib.sha256(name.encode()).digest()[0] % 250}"
