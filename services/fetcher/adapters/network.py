"""The Network port over real sockets, and the proxy that gives the browser the same egress."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.contracts.capture import TlsRecord
from services.contracts.hosts import registrable_domain
from services.contracts.mail import MailRecord
from services.contracts.names import DnsRecord, DnsStatus
from services.fetcher.adapters.countries import Countries
from services.fetcher.adapters.egress import Egress
from services.fetcher.adapters.http import HttpClient
from services.fetcher.adapters.mail import read_mail
from services.fetcher.adapters.proxy import Proxy, open_proxy
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.adapters.tls import TlsInspector
from services.fetcher.adapters.trust import Trust
from services.fetcher.domain.address_policy import parse_address
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.fetcher.domain.host_names import canonical_host
from services.fetcher.ports import Response
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeNetwork:
    """DNS, TLS and HTTP under one egress policy. Implements the Network port."""

    resolver: Resolver
    egress: Egress
    http: HttpClient
    tls: TlsInspector
    countries: Countries

    async def lookup(self, host: str) -> DnsRecord:
        """Ask the name servers; a name that an override answers for, without a configured server, is not asked."""
        name = canonical_host(host)
        if name is None:
            return DnsRecord(name=host[:253], status=DnsStatus.NXDOMAIN, detail="not a host name")
        overrides = () if self.egress.ask_dns_first else self.egress.rules.addresses(name)
        if overrides:
            six = tuple(address for address in overrides if ":" in address)
            four = tuple(address for address in overrides if ":" not in address)
            return DnsRecord(name=name, status=DnsStatus.OK, a=four, aaaa=six, detail="connection override")
        if parse_address(name) is not None:
            return await self.resolver.addresses(name)
        return await self.resolver.lookup(name)

    async def mail(self, domain: str) -> MailRecord:
        """Return what is published for the mail of a domain."""
        return await read_mail(self.resolver, domain)

    def country(self, address: str) -> str | None:
        """Return the ISO code of the country that an address is registered in, None where it is not known."""
        return self.countries.of(address)

    async def signed(self, host: str) -> DnsStatus:
        """Return the answer to the question for a DS record of a host's registrable domain."""
        status, _ = await self.resolver.records(registrable_domain(host) or host, "DS")
        return status

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Response:  # noqa: ASYNC109
        """Fetch a URL through its redirects."""
        return await self.http.get(url, max_bytes=max_bytes, timeout=timeout)

    async def inspect_tls(self, host: str, port: int = 443) -> TlsRecord | None:
        """Return the strict judgement of a host's certificate, None when the port does not answer."""
        return await self.tls.inspect(host, port)

    def refuse(self, hosts: tuple[str, ...]) -> None:
        """Connect to none of these hosts from now on, nor to any below them; replaces what was refused before."""
        self.egress.refused_hosts = hosts

    def remote_address(self, host: str) -> str | None:
        """Return the address last connected to for a host."""
        return self.egress.remote_address(host)


@asynccontextmanager
async def open_network(
    settings: FetcherSettings, clock: Clock, user_agent: str
) -> AsyncIterator[tuple[SafeNetwork, Proxy]]:
    """Open the network and the browser's proxy; both close on exit. Raises BadInput for settings that cannot be used.

    With a configured DNS server a name must exist there before an override applies: that is how a
    synthetic country has dead domains. Without one, overridden names are never asked for.
    """
    resolver = Resolver(settings.dns_server)
    egress = Egress(
        resolver=resolver,
        rules=parse_connect_rules(settings.resolve),
        connect_timeout=settings.connect_timeout,
        ask_dns_first=settings.dns_server is not None,
    )
    trust = Trust(settings.trusted_ca)
    countries = Countries(settings.country_files)
    http = HttpClient(egress, trust, clock, user_agent)
    tls = TlsInspector(egress=egress, trust=trust, http=http, clock=clock, handshake_seconds=settings.connect_timeout)
    try:
        async with open_proxy(egress) as proxy:
            network = SafeNetwork(resolver=resolver, egress=egress, http=http, tls=tls, countries=countries)
            yield network, proxy
    finally:
        await http.close()
        await resolver.close()
