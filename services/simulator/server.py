"""Serving a synthetic country: every host over HTTP and HTTPS on one port of 127.0.0.1, and its name server."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from services.simulator.certificates import CertificateAuthority, TlsContexts
from services.simulator.country import Country
from services.simulator.dns_server import serve_dns
from services.simulator.dns_zone import Zone
from services.simulator.replies import Ask, Delivery, Reply, Web

ADDRESS = "127.0.0.1"
LATE_SECONDS = 90.0
_TLS_HELLO = 0x16
_FIRST_BYTE_SECONDS = 60.0
_FILLER = b"<!-- " + b"." * 8_000 + b" -->\n"
_FILLER_INTERVAL = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCountry:
    """How to reach a country: connect every host to ``address``:``port`` but for those the rules send elsewhere.

    ``resolve_rules`` are ``HOST[:PORT]=ADDR:PORT``, the first that matches wins; ``ca_pem`` is the certificate
    authority to trust.
    """

    address: str
    port: int
    dns_port: int
    ca_pem: bytes
    resolve_rules: tuple[str, ...]


@contextlib.asynccontextmanager
async def serve(country: Country, *, port: int = 0, dns_port: int = 0) -> AsyncIterator[ServedCountry]:
    """Serve a country until the block ends. Raises OSError when a port is taken."""
    authority = CertificateAuthority()
    contexts = TlsContexts(country, authority)
    with contextlib.closing(contexts), _listen(port) as listener, _closed_port() as closed:
        async with serve_dns(Zone(country), dns_port) as dns, _web(Web(country), listener, contexts.entry):
            at = int(listener.getsockname()[1])
            yield ServedCountry(
                address=ADDRESS,
                port=at,
                dns_port=dns,
                ca_pem=authority.pem,
                resolve_rules=resolve_rules(country, port=at, closed_port=int(closed.getsockname()[1])),
            )


def resolve_rules(country: Country, *, port: int, closed_port: int) -> tuple[str, ...]:
    """Return the rules that send hosts which refuse connections to a closed port, and all others to ``port``."""
    refused = (
        f"{host}={ADDRESS}:{closed_port}"
        for site in country.sites.values()
        if site.features.variant == "refused"
        for host in site.hosts
    )
    return (*refused, f"*={ADDRESS}:{port}")


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((ADDRESS, port))
    listener.listen(1024)
    listener.setblocking(False)
    return listener


def _closed_port() -> socket.socket:
    """Return a socket that holds a port without listening: connections to it are refused."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.bind((ADDRESS, 0))
    return holder


@contextlib.asynccontextmanager
async def _web(answers: Web, listener: socket.socket, tls: ssl.SSLContext) -> AsyncIterator[None]:
    server = web.Server(_handler(answers), access_log=None, keepalive_timeout=30.0)
    accepting = asyncio.create_task(_accept(listener, server, tls))
    try:
        yield
    finally:
        accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await accepting
        await server.shutdown(0.1)


async def _accept(listener: socket.socket, server: web.Server, tls: ssl.SSLContext) -> None:
    loop = asyncio.get_running_loop()
    handing: set[asyncio.Task[None]] = set()
    try:
        while True:
            connection, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(_hand_over(connection, server, tls))
            handing.add(task)
            task.add_done_callback(handing.discard)
    finally:
        for task in handing:
            task.cancel()
        await asyncio.gather(*handing, return_exceptions=True)


async def _hand_over(connection: socket.socket, server: web.Server, tls: ssl.SSLContext) -> None:
    """Give a connection to the HTTP protocol, through TLS when its first byte opens a TLS handshake."""
    loop = asyncio.get_running_loop()
    handed = False
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(_FIRST_BYTE_SECONDS):
            first = await _peek(connection)
        if first:
            secure = tls if first[0] == _TLS_HELLO else None
            handed = True
            await loop.connect_accepted_socket(server, connection, ssl=secure)
    except (OSError, TimeoutError):
        # The client went away, sent nothing, or did not like the certificate: its right.
        pass
    finally:
        if not handed:
            connection.close()


async def _peek(connection: socket.socket) -> bytes:
    """Return the first byte of a connection without taking it, nothing when the client has closed."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
        return connection.recv(1, socket.MSG_PEEK)
    finally:
        loop.remove_reader(connection)


def _handler(answers: Web) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        host = (request.headers.get("Host") or "").rpartition(":")[0] or request.headers.get("Host") or ""
        agent = request.headers.get("User-Agent", "")
        reply = answers.reply(
            Ask(
                scheme="https" if request.secure else "http",
                host=host,
                path=request.path,
                mobile="Mobi" in agent or "Android" in agent,
            )
        )
        if reply.delivery is Delivery.NEVER:
            await asyncio.Event().wait()
        if reply.delivery is Delivery.LATE:
            await asyncio.sleep(LATE_SECONDS)
        if reply.delivery is Delivery.ENDLESS and request.method != "HEAD":
            return await _endless(request, reply)
        return _response(request, reply)

    return handle


def _response(request: web.BaseRequest, reply: Reply) -> web.Response:
    response = web.Response(status=reply.status)
    for name, value in reply.headers:
        response.headers.add(name, value)
    if reply.packed:
        response.headers.add("Vary", "Accept-Encoding")
    if reply.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        response.body = reply.packed
    else:
        response.body = reply.body
    return response


async def _endless(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Send the page without its end, then comments for ever."""
    response = web.StreamResponse(status=reply.status)
    for name, value in reply.headers:
        response.headers.add(name, value)
    await response.prepare(request)
    await response.write(reply.body.removesuffix(b"</body></html>"))
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(_FILLER)
            await asyncio.sleep(_FILLER_INTERVAL)
    return response
