"""The one place where the fetcher opens connections to sites: resolve, check every address, connect to it."""

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from services.contracts.errors import AuditError
from services.contracts.failures import FailureKind
from services.contracts.names import DnsRecord, DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.domain.address_policy import is_public, parse_address
from services.fetcher.domain.connect_rules import NO_RULES, ConnectRules
from services.fetcher.domain.host_names import canonical_host, is_below
from services.fetcher.domain.meter import current_meter
from services.fetcher.domain.url_policy import Refusal, check_destination
from services.fetcher.metrics import EGRESS_REFUSALS
from services.fetcher.metrics import Refusal as Why

_MAX_ADDRESSES = 4
_REMEMBERED_HOSTS = 10_000
_OUR_FAULT = frozenset(
    {
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.EPERM,
        errno.EACCES,
    }
)
"""Errors that this machine gives without asking the site's."""


class EgressFailure(AuditError):
    """A connection to a site was not opened. ``failure`` says why, ``kind`` is its reason."""

    kind = Reason.UNREACHABLE
    failure = FailureKind.UNROUTABLE


class DestinationRefused(EgressFailure):
    """The destination is not on the public web."""

    kind = Reason.FORBIDDEN_ADDRESS
    failure = FailureKind.FORBIDDEN_ADDRESS


class OptedOut(EgressFailure):
    """The owner of the host asked not to be visited."""

    kind = Reason.OPTED_OUT
    failure = FailureKind.OPTED_OUT


class LimitReached(EgressFailure):
    """The site in hand has cost as much as one site may."""

    kind = Reason.LIMIT_REACHED
    failure = FailureKind.LIMIT_REACHED


class BadHost(EgressFailure):
    """The host is neither a name nor an address."""

    kind = Reason.PROTOCOL_ERROR
    failure = FailureKind.BAD_URL


class NameNotFound(EgressFailure):
    """The name does not exist or has no address; the message is the DNS status."""

    kind = Reason.DNS_FAILURE
    failure = FailureKind.DNS_ABSENT


class NameServersFailed(EgressFailure):
    """The name servers proved nothing."""

    kind = Reason.DNS_FAILURE
    failure = FailureKind.DNS_FAILURE


class NoWayOut(EgressFailure):
    """Our own machine could not even try: no route, no free socket, no permission."""

    kind = Reason.NETWORK_FAILURE
    failure = FailureKind.OUR_NETWORK


class ConnectionFailed(EgressFailure):
    """The connection was refused, or never answered."""

    kind = Reason.UNREACHABLE

    def __init__(self, message: str, failure: FailureKind) -> None:
        super().__init__(message)
        self.failure = failure


@dataclass(slots=True, kw_only=True)
class Egress:
    """Opens TCP connections to public addresses on the web's ports, or where an override says.

    With ``ask_dns_first`` a name must exist even where an override decides where to connect; without,
    an overridden name is never asked for.
    """

    resolver: Resolver
    rules: ConnectRules = NO_RULES
    connect_timeout: float = 10.0
    ask_dns_first: bool = False
    refused_hosts: tuple[str, ...] = ()
    """Hosts, with all below them, that are never connected to; whoever knows a newer list sets it."""
    _remote: dict[str, str] = field(init=False, default_factory=dict)

    async def connect(self, host: str, port: int) -> socket.socket:
        """Return a connected, non-blocking socket; the caller owns it. Raises EgressFailure.

        Nothing is opened for a site whose meter is exhausted.

        The addresses that were checked are the ones connected to: nothing resolves a second time.
        """
        name = canonical_host(host)
        if name is None:
            raise BadHost(f"{host[:100]!r} is not a host name")
        meter = current_meter()
        if meter is not None and meter.exhausted:
            EGRESS_REFUSALS.add(reason=Why.LIMIT)
            raise LimitReached(meter.refuse())
        targets = await self._targets(name, port)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.connect_timeout
        failures: list[str] = []
        ours = True
        kinds: set[FailureKind] = set()
        for left, (address, to_port) in zip(range(len(targets), 0, -1), targets, strict=True):
            try:
                async with asyncio.timeout(max(0.1, (deadline - loop.time()) / left)):
                    opened = await _open(address, to_port)
            except TimeoutError:
                ours = False
                kinds.add(FailureKind.CONNECT_TIMEOUT)
                failures.append(f"{address}: no answer")
            except OSError as error:
                ours = ours and error.errno in _OUR_FAULT
                kinds.add(FailureKind.REFUSED if error.errno == errno.ECONNREFUSED else FailureKind.UNROUTABLE)
                failures.append(f"{address}: {_name(error)}")
            else:
                self._remember(name, address)
                return opened
        if ours:
            raise NoWayOut("; ".join(failures))
        # A machine that refuses is there: of several addresses it tells most.
        telling = (FailureKind.REFUSED, FailureKind.CONNECT_TIMEOUT, FailureKind.UNROUTABLE)
        raise ConnectionFailed("; ".join(failures), next(kind for kind in telling if kind in kinds))

    def remote_address(self, host: str) -> str | None:
        """Return the address last connected to for a host."""
        return self._remote.get(canonical_host(host) or "")

    async def _targets(self, name: str, port: int) -> list[tuple[str, int]]:
        if is_below(name, self.refused_hosts):
            EGRESS_REFUSALS.add(reason=Why.OPTED_OUT)
            raise OptedOut(f"the owner of {name} asked not to be visited")
        refusal = check_destination(name, port, self.rules)
        if refusal is not None:
            count_refusal(refusal)
            raise DestinationRefused(refusal.detail)
        rule = self.rules.match(name, port)
        if rule is not None and not self.ask_dns_first:
            return [(rule.to_address, rule.to_port)]
        record = await self._resolved(name)
        if rule is not None:
            return [(rule.to_address, rule.to_port)]
        addresses = (*record.a, *record.aaaa)
        forbidden = [address for address in addresses if not is_public(address)]
        if forbidden:
            EGRESS_REFUSALS.add(reason=Why.ADDRESS)
            raise DestinationRefused(f"{name} leads to {', '.join(forbidden[:3])}, which is not public")
        return [(address, port) for address in addresses[:_MAX_ADDRESSES]]

    async def _resolved(self, name: str) -> DnsRecord:
        record = await self.resolver.addresses(name)
        if record.status is DnsStatus.FAILURE:
            raise NameServersFailed(record.detail or record.status.value)
        if record.status is not DnsStatus.OK:
            raise NameNotFound(record.status.value)
        return record

    def _remember(self, name: str, address: str) -> None:
        self._remote.pop(name, None)
        while len(self._remote) >= _REMEMBERED_HOSTS:
            self._remote.pop(next(iter(self._remote)))
        self._remote[name] = address


def count_refusal(refusal: Refusal) -> None:
    """Count a URL or destination that is not asked for; a malformed one is no refusal of ours."""
    if refusal.reason is Reason.FORBIDDEN_ADDRESS:
        EGRESS_REFUSALS.add(reason=Why.PORT if refusal.port else Why.ADDRESS)
    elif refusal.reason is Reason.UNEXPECTED_CONTENT:
        EGRESS_REFUSALS.add(reason=Why.SCHEME)


async def _open(address: str, port: int) -> socket.socket:
    six = isinstance(parse_address(address), IPv6Address)
    opened = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(opened, (address, port))
    except BaseException:
        opened.close()
        raise
    return opened


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


async def open_streams(
    connected: socket.socket, context: ssl.SSLContext | None = None, server_name: str | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connected socket's streams, through TLS when a context is given; the socket is then theirs.

    Raises what the handshake raises (ssl.SSLError, OSError), the socket closed.
    """
    try:
        return await asyncio.open_connection(sock=connected, ssl=context, server_hostname=server_name)
    except BaseException:
        connected.close()
        raise
