"""A small name server on loopback, UDP and TCP on one port, for the synthetic country."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from services.simulator.dns_zone import Names, Records

_TTL = 60
_MAX_UDP = 1232


def answer(zone: Names, wire: bytes) -> bytes | None:
    """Return the response to one DNS message, None when it is not a question."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if not query.question or query.flags & dns.flags.QR:
        return None
    question = query.question[0]
    response = dns.message.make_response(query, recursion_available=True)
    response.flags |= dns.flags.AA
    records = zone.lookup(question.name.to_text())
    if not records.exists:
        response.set_rcode(dns.rcode.NXDOMAIN)
    else:
        response.answer.extend(_rrsets(question.name.to_text(), question.rdtype, records))
    return response.to_wire()


def _rrsets(name: str, kind: dns.rdatatype.RdataType, records: Records) -> list[dns.rrset.RRset]:
    found: list[dns.rrset.RRset] = []
    owner = name
    if records.alias and kind in (dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.CNAME):
        found.append(dns.rrset.from_text(name, _TTL, "IN", "CNAME", f"{records.alias}."))
        owner = f"{records.alias}."
    if kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        addresses = [a for a in records.addresses if (":" in a) is (kind == dns.rdatatype.AAAA)]
        if addresses:
            found.append(dns.rrset.from_text(owner, _TTL, "IN", kind, *addresses))
    if kind == dns.rdatatype.NS and records.name_servers:
        found.append(dns.rrset.from_text(name, _TTL, "IN", "NS", *(f"{server}." for server in records.name_servers)))
    if kind == dns.rdatatype.MX and records.exchanges:
        found.append(dns.rrset.from_text(name, _TTL, "IN", "MX", *records.exchanges))
    if kind == dns.rdatatype.TXT and records.texts:
        found.append(dns.rrset.from_text(name, _TTL, "IN", "TXT", *(f'"{text}"' for text in records.texts)))
    return found


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zone: Names) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = answer(self._zone, data)
        if response is not None and self._transport is not None:
            self._transport.sendto(response[:_MAX_UDP], addr)


async def _converse(zone: Names, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            size = int.from_bytes(await reader.readexactly(2), "big")
            response = answer(zone, await reader.readexactly(size))
            if response is None:
                break
            writer.write(len(response).to_bytes(2, "big") + response)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def serve_dns(zone: Names, port: int = 0) -> AsyncIterator[int]:
    """Answer questions on 127.0.0.1 until the block ends; yields the port. Raises OSError when it is taken."""
    loop = asyncio.get_running_loop()
    stream, datagram = _bind(port)
    server = await asyncio.start_server(lambda reader, writer: _converse(zone, reader, writer), sock=stream)
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(zone), sock=datagram)
    try:
        yield int(stream.getsockname()[1])
    finally:
        transport.close()
        server.close()


def _bind(port: int) -> tuple[socket.socket, socket.socket]:
    """Return a TCP and a UDP socket on one port; a free port of one may be taken for the other."""
    for attempt in range(20):
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stream.bind(("127.0.0.1", port))
            datagram.bind(("127.0.0.1", stream.getsockname()[1]))
        except OSError:
            stream.close()
            datagram.close()
            if port or attempt == 19:
                raise
        else:
            stream.setblocking(False)
            datagram.setblocking(False)
            return stream, datagram
    raise OSError("no free port for DNS")
