"""The probe and the browser meet the same failing servers, and name the same kind of failure."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from services.contracts.capture import Discovery, PageCapture, PageClass, Viewport
from services.contracts.failures import FailureKind, failure_of
from services.fetcher.adapters.chromium import ChromiumRenderer, ProxyAccess
from services.fetcher.adapters.network import SafeNetwork, open_network
from services.fetcher.domain.page_plan import PlannedPage
from services.fetcher.handlers.keeping import Keeper
from services.fetcher.handlers.measuring import VisitMeasures
from services.fetcher.settings import FetcherSettings
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import SystemClock
from tests.fetcher.network.conftest import Answer, Authority, DnsStub, sign

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
K = FailureKind


def answer(status: str, *headers: str, body: bytes = b"<h1>Mairie</h1>") -> Handler:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return raw("\r\n".join(lines).encode() + body)


def raw(reply: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()

    return handle


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(1000):
        pass


async def head_then_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900\r\n\r\n")(reader, writer)
    await silence(reader, writer)


async def plain_text(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def old_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(bytes([21, 3, 3, 0, 2, 2, 70]))
    await writer.drain()


async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1000)


LOOP = answer("302 Found", "Location: /")
GZIP = ("Content-Type: text/html", "Content-Encoding: gzip")

PLAIN: dict[str, tuple[Handler, FailureKind | None]] = {
    "healthy": (answer("200 OK", "Content-Type: text/html"), None),
    "reset": (reset, K.RESET),
    "silent": (silence, K.HEADERS_TIMEOUT),
    "no-body": (head_then_silence, K.BODY_TIMEOUT),
    "hang-up": (raw(b""), K.NO_ANSWER),
    "mail": (raw(b"220 smtp.mairie.fr ESMTP\r\n\r\n"), K.MALFORMED),
    "two-lengths": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nMairie"), K.MALFORMED),
    "loop": (LOOP, K.REDIRECT_LOOP),
    "inside": (answer("302 Found", "Location: http://10.0.0.1/"), K.FORBIDDEN_ADDRESS),
    "pdf": (answer("200 OK", "Content-Type: application/pdf", body=b"%PDF-1.4"), K.NOT_A_PAGE),
    "bad-gzip": (answer("200 OK", *GZIP, body=b"not gzip at all, whatever the header says"), K.UNDECODABLE),
    "empty": (answer("200 OK", "Content-Type: text/html", body=b""), K.EMPTY),
    "absent": (answer("404 Not Found", "Content-Type: text/html"), K.HTTP_ABSENT),
    "teapot": (answer("418 Teapot", "Content-Type: text/html"), K.HTTP_CLIENT_ERROR),
    "broken": (answer("500 Oops", "Content-Type: text/html"), K.HTTP_SERVER_ERROR),
    "private": (answer("403 Forbidden", "Content-Type: text/html"), K.HTTP_REFUSED),
    "busy": (answer("503 Busy", "Content-Type: text/html"), K.HTTP_NOT_NOW),
    "opted-out": (answer("200 OK", "Content-Type: text/html"), K.OPTED_OUT),
}
SECURE: dict[str, tuple[Handler, FailureKind | None]] = {
    "tls-healthy": (answer("200 OK", "Content-Type: text/html"), None),
    "tls-reset": (reset, K.RESET),
    "tls-silent": (silence, K.HEADERS_TIMEOUT),
    "tls-hang-up": (raw(b""), K.NO_ANSWER),
}
NOT_TLS: dict[str, tuple[Handler, FailureKind | None]] = {
    "tls-plain": (plain_text, K.TLS_HANDSHAKE),
    "tls-cut": (hang_up, K.TLS_HANDSHAKE),
    "tls-old": (old_tls, K.TLS_VERSION),
}
UNSERVED: dict[str, FailureKind] = {
    "dead": K.DNS_ABSENT,
    "lost": K.DNS_FAILURE,
    "refused": K.REFUSED,
    "tls-refused": K.REFUSED,
    "tls-client": K.TLS_CLIENT_CERTIFICATE,
    "full": K.CONNECT_TIMEOUT,
    "tls-full": K.CONNECT_TIMEOUT,
}
EXPECTED: dict[str, FailureKind | None] = {
    name: kind for group in (PLAIN, SECURE, NOT_TLS) for name, (_, kind) in group.items()
} | UNSERVED


@dataclass
class World:
    network: SafeNetwork
    renderer: ChromiumRenderer
    keeper: Keeper

    async def probed(self, url: str) -> PageCapture:
        response = await self.network.get(url, max_bytes=100_000, timeout=2.5)
        return await self.keeper.fetched(home(url), response, AT)

    async def shown(self, url: str) -> PageCapture:
        async with self.renderer.session(Viewport.DESKTOP) as session:
            rendered = await session.render(url, screenshots=False)
        return await self.keeper.rendered(home(url), Viewport.DESKTOP, rendered)


def home(url: str) -> PlannedPage:
    return PlannedPage(url=url, page_class=PageClass.HOME, discovery=Discovery.DECLARED)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, needs_browser: None) -> AsyncIterator[World]:  # noqa: ARG001
    authority = Authority(tmp_path_factory.mktemp("authority"))
    secure = authority.context(sign("x", *(f"{name}.test" for name in SECURE), by=authority.root))
    secure.set_alpn_protocols(["http/1.1"])
    async with AsyncExitStack() as stack:
        ports: dict[str, int] = {}
        for group, context in ((PLAIN, None), (SECURE, secure), (NOT_TLS, None)):
            for name, (handler, _) in group.items():
                ports[name] = await listen(stack, handler, context)
        ports["tls-client"] = await listen(stack, demanding(authority), None)
        ports["refused"] = ports["tls-refused"] = hold(stack, backlog=None)
        ports["full"] = ports["tls-full"] = hold(stack, backlog=0)
        zone: dict[tuple[str, str], Sequence[Answer]] = {(f"{name}.test", "A"): [("127.0.0.1",)] for name in EXPECTED}
        zone["lost.test", "A"] = ["SERVFAIL"]
        del zone["dead.test", "A"]
        transport, dns = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: DnsStub(zone), local_addr=("127.0.0.1", 0)
        )
        stack.callback(transport.close)
        settings = FetcherSettings(
            resolve=tuple(f"{name}.test=127.0.0.1:{port}" for name, port in ports.items()),
            dns_server=dns.server,
            trusted_ca=authority.root_file,
            connect_timeout=1,
            page_timeout=2.5,
        )
        network, proxy = await stack.enter_async_context(open_network(settings, SystemClock(), "test"))
        network.refuse(("opted-out.test",))
        access = ProxyAccess(
            server_url=proxy.server_url,
            username=proxy.username,
            password=proxy.password,
            accounts=proxy.accounts,
            failures=proxy.failures,
        )
        renderer = ChromiumRenderer(settings, SystemClock(), access)
        stack.push_async_callback(renderer.close)
        yield World(
            network,
            renderer,
            Keeper(FolderArtefactStore(Path(tmp_path_factory.mktemp("store"))), network, VisitMeasures()),
        )


async def listen(stack: AsyncExitStack, handler: Handler, context: ssl.SSLContext | None) -> int:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    stack.callback(server.close)
    return int(server.sockets[0].getsockname()[1])


def demanding(authority: Authority) -> Handler:
    """Return a server that asks every visitor for a certificate, and stays long enough for its alert to arrive."""
    context = authority.context(sign("x", "tls-client.test", by=authority.root))
    context.load_verify_locations(authority.root_file)
    context.verify_mode = ssl.CERT_REQUIRED

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_side=True)
        while data := await reader.read(10_000):
            incoming.write(data)
            with suppress(ssl.SSLError):
                session.do_handshake()
            writer.write(outgoing.read())
            await writer.drain()

    return handle


def hold(stack: AsyncExitStack, *, backlog: int | None) -> int:
    """Return a port that refuses connections, or with a backlog one whose queue is full: it never answers."""
    held = stack.enter_context(socket.socket())
    held.bind(("127.0.0.1", 0))
    if backlog is not None:
        held.listen(backlog)
        for _ in range(backlog + 1):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(held.getsockname())
    return int(held.getsockname()[1])


@pytest.mark.parametrize("name", sorted(EXPECTED))
async def test_the_probe_and_the_browser_name_the_same_kind(world: World, name: str) -> None:
    url = f"{'https' if name.startswith('tls-') else 'http'}://{name}.test/"
    probed, shown = await asyncio.gather(world.probed(url), world.shown(url))
    told = f"probe {probed.kind}: {probed.detail}; browser {shown.kind}: {shown.detail}"
    assert (probed.kind, shown.kind) == (EXPECTED[name], EXPECTED[name]), told
    for capture in (probed, shown):
        if capture.failure is not None:
            assert capture.kind is not None
            assert failure_of(capture.kind).reason is capture.failure
