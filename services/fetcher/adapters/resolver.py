"""DNS questions: addresses, aliases and name servers, with absence told apart from failure."""

import asyncio
from dataclasses import dataclass, field

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.resolver

from services.contracts.errors import BadInput
from services.contracts.hosts import registrable_domain
from services.contracts.names import DnsRecord, DnsStatus
from services.fetcher.domain.address_policy import parse_address

QUESTION_SECONDS = 5.0
CACHE_SECONDS = 60.0
"""How long an address stays good: one site's visit uses one answer. Absence and failure are never kept."""
_CACHE_NAMES = 5000
_MAX_VALUES = 32


@dataclass(frozen=True, slots=True)
class _Answer:
    status: DnsStatus
    values: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    detail: str = ""


@dataclass(slots=True)
class Resolver:
    """Asks one DNS server (``ADDR[:PORT]``), or the system's resolvers. Raises BadInput for a bad server."""

    server: str | None = None
    question_seconds: float = QUESTION_SECONDS
    cache_seconds: float = CACHE_SECONDS
    _resolver: dns.asyncresolver.Resolver | None = field(init=False)
    _cache: dict[str, tuple[float, DnsRecord]] = field(init=False, default_factory=dict)
    _asking: dict[str, asyncio.Task[DnsRecord]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._resolver = _configure(self.server)

    async def addresses(self, host: str) -> DnsRecord:
        """Return the addresses and aliases of a canonical host, from the cache where they are fresh. Never raises."""
        kept = self._cache.get(host)
        if kept is not None and kept[0] > asyncio.get_running_loop().time():
            return kept[1]
        task = self._asking.get(host)
        if task is None:
            task = self._asking[host] = asyncio.create_task(self._ask(host))
            task.add_done_callback(lambda _: self._asking.pop(host, None))
        # One caller's time-out must not take the answer from the others.
        return await asyncio.shield(task)

    async def lookup(self, host: str) -> DnsRecord:
        """Ask afresh for the addresses, aliases and name servers of a canonical host. Never raises."""
        domain = registrable_domain(host)
        if domain is None or parse_address(host) is not None:
            return await self._ask(host)
        record, servers = await asyncio.gather(self._ask(host), self._question(domain, "NS"))
        return record.model_copy(update={"ns": servers.values})

    async def records(self, name: str, kind: str) -> tuple[DnsStatus, tuple[str, ...]]:
        """Return the answer to one question, each record in its presentation form, lower case. Never raises."""
        answer = await self._question(name, kind)
        return answer.status, answer.values

    async def close(self) -> None:
        """Give up the questions still asked."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _ask(self, host: str) -> DnsRecord:
        address = parse_address(host)
        if address is not None:
            found = {"a" if address.version == 4 else "aaaa": (host,)}
            return DnsRecord(name=host, status=DnsStatus.OK, **found)
        four, six = await asyncio.gather(self._question(host, "A"), self._question(host, "AAAA"))
        if four.status is DnsStatus.NXDOMAIN and six.status is not DnsStatus.OK:
            # A dead domain is a finding: one server's slip must not make one.
            four = await self._question(host, "A")
        record = DnsRecord(
            name=host,
            status=_status(four, six),
            a=four.values,
            aaaa=six.values,
            cname=four.cname or six.cname,
            detail="; ".join(dict.fromkeys(answer.detail for answer in (four, six) if answer.detail)),
        )
        if record.status is DnsStatus.OK:
            self._keep(host, record)
        return record

    def _keep(self, host: str, record: DnsRecord) -> None:
        self._cache.pop(host, None)
        while len(self._cache) >= _CACHE_NAMES:
            self._cache.pop(next(iter(self._cache)))
        self._cache[host] = (asyncio.get_running_loop().time() + self.cache_seconds, record)

    async def _question(self, name: str, kind: str) -> _Answer:
        if self._resolver is None:
            return _Answer(DnsStatus.FAILURE, detail="no resolver is configured on this machine")
        try:
            answer = await self._resolver.resolve(
                dns.name.from_text(f"{name}."),
                kind,
                search=False,
                raise_on_no_answer=False,
                lifetime=self.question_seconds,
            )
        except dns.resolver.NXDOMAIN as error:
            responses: dict[dns.name.Name, dns.message.Message] = error.kwargs.get("responses", {})
            return _Answer(DnsStatus.NXDOMAIN, cname=next((_aliases(answer) for answer in responses.values()), ()))
        except dns.resolver.NoNameservers as error:
            return _Answer(DnsStatus.FAILURE, detail=_refusal(error))
        except dns.resolver.LifetimeTimeout:
            return _Answer(DnsStatus.FAILURE, detail="timeout")
        except dns.exception.DNSException as error:
            return _Answer(DnsStatus.FAILURE, detail=type(error).__name__)
        if answer.rrset is None:
            return _Answer(DnsStatus.NO_DATA, cname=_aliases(answer.response))
        values = tuple(sorted(item.to_text().rstrip(".").lower() for item in answer.rrset))
        return _Answer(DnsStatus.OK, values[:_MAX_VALUES], _aliases(answer.response))


def _status(four: _Answer, six: _Answer) -> DnsStatus:
    """Return what two answers mean together; only servers that agree prove an absence."""
    both = {four.status, six.status}
    if DnsStatus.OK in both:
        return DnsStatus.OK
    if four.status is DnsStatus.NXDOMAIN and six.status is not DnsStatus.NO_DATA:
        # It concerns every type of record, and was said twice (RFC 8020).
        return DnsStatus.NXDOMAIN
    return DnsStatus.FAILURE if DnsStatus.FAILURE in both else DnsStatus.NO_DATA


def _aliases(response: dns.message.Message) -> tuple[str, ...]:
    if not isinstance(response, dns.message.QueryMessage):
        return ()
    try:
        chain = response.resolve_chaining().cnames
    except dns.exception.DNSException:
        return ()
    return tuple(str(alias[0].target).rstrip(".").lower() for alias in chain)


def _refusal(error: dns.resolver.NoNameservers) -> str:
    """Return what the last server that answered said, as a response code."""
    for attempt in reversed(error.kwargs.get("errors", [])):
        response = attempt[4]
        if response is not None:
            return dns.rcode.to_text(response.rcode())
    return "no name server answered"


def _configure(server: str | None) -> dns.asyncresolver.Resolver | None:
    if server is None:
        try:
            return dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            return None
    address = parse_address(server)
    port = "53"
    if address is None:
        host, _, port = server.rpartition(":")
        address = parse_address(host)
    if address is None or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadInput(f"AUDIT_DNS_SERVER {server!r}: write ADDR:PORT, for instance 127.0.0.1:5353")
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(str(address), int(port))]
    return resolver
