"""Serving a synthetic country: every host over HTTP and HTTPS on one port, of 127.0.0.1 if unset, and its names."""

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
from services.simulator.listening import ADDRESS, accepting, listen
from services.simulator.replies import Ask, Delivery, Reply, Web

LATE_SECONDS = 90.0
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
async def serve(
    country: Country,
    *,
    port: int = 0,
    dns_port: int = 0,
    address: str = ADDRESS,
    authority: CertificateAuthority | None = None,
) -> AsyncIterator[ServedCountry]:
    """Serve a country until the block ends, its name server on loopback. Raises OSError when a port is taken."""
    authority = authority or CertificateAuthority()
    contexts = TlsContexts(country, authority)
    with contextlib.closing(contexts), listen(port, address) as listener, _closed_port() as closed:
        async with serve_dns(Zone(country), dns_port) as dns, _web(Web(country), listener, contexts.entry):
            at = int(listener.getsockname()[1])
            yield ServedCountry(
                address=address,
                port=at,
                dns_port=dns,
                ca_pem=authority.pem,
                resolve_rules=resolve_rules(
                    country, port=at, closed_port=int(closed.getsockname()[1]), address=address
                ),
            )


def resolve_rules(country: Country, *, port: int, closed_port: int, address: str = ADDRESS) -> tuple[str, ...]:
    """Return the rules that send hosts which refuse connections to a closed port, and all others to ``port``."""
    refused = (
        f"{host}={ADDRESS}:{closed_port}"
        for site in country.sites.values()
        if site.features.variant == "refused"
        for host in site.hosts
    )
    return (*refused, f"*={address}:{port}")


def _closed_port() -> socket.socket:
    """Return a socket that holds a port without listening: connections to it are refused."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.bind((ADDRESS, 0))
    return holder


@contextlib.asynccontextmanager
async def _web(answers: Web, listener: socket.socket, tls: ssl.SSLContext) -> AsyncIterator[None]:
    server = web.Server(_handler(answers), access_log=None, keepalive_timeout=30.0)
    try:
        async with accepting(listener, server, tls):
            yield
    finally:
        await server.shutdown(0.1)


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
