"""The browser's only way out: a small HTTP proxy on loopback whose connections are the egress's.

Plain HTTP is forwarded one request a connection; CONNECT tunnels carry TLS only, so that neither
WebSockets nor another protocol leave in the clear. (A WebSocket inside TLS looks like any request: it
is the browser's to refuse, and reaches public addresses only.)
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe

from services.contracts.failures import FailureKind
from services.contracts.reasons import Reason
from services.fetcher.adapters.egress import Egress, EgressFailure, open_streams
from services.fetcher.adapters.failure_notes import FailureNotes
from services.fetcher.adapters.proxy_accounts import ProxyAccounts
from services.fetcher.domain.meter import current_meter, measure_with
from services.fetcher.domain.proxy_messages import (
    MAX_HEAD,
    WEBSOCKET,
    Forward,
    Rejected,
    Tunnel,
    close_response,
    head_end,
    parse_request,
    refusal_head,
)
from services.fetcher.metrics import EGRESS_OPEN, EGRESS_REFUSALS, Refusal

_CHUNK = 65_536
_TLS_HANDSHAKE = 0x16
_GOODBYE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection may cost: seconds, bytes in both directions together, and how many at once."""

    connections: int = 256
    head_seconds: float = 30.0
    idle_seconds: float = 60.0
    total_seconds: float = 300.0
    total_bytes: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy, and the random login it asks for.

    ``accounts`` gives each site a login of its own, so that its traffic is counted on its meter. ``refused``
    counts by reason what the proxy did not do; ``failures`` tells how connections failed.
    """

    server_url: str
    accounts: ProxyAccounts
    refused: Counter[str] = field(default_factory=Counter)
    failures: FailureNotes = field(default_factory=FailureNotes)

    @property
    def username(self) -> str:
        """The user name of a login that no meter counts."""
        return self.accounts.username

    @property
    def password(self) -> str:
        """The password of every login."""
        return self.accounts.password


@asynccontextmanager
async def open_proxy(
    egress: Egress, limits: Limits | None = None, make_secret: Callable[[], str] = token_urlsafe
) -> AsyncIterator[Proxy]:
    """Serve the proxy on a free port of 127.0.0.1 until exit."""
    accounts, refused, failures = ProxyAccounts(make_secret()), Counter[str](), FailureNotes()
    handler = _Handler(egress, limits or Limits(), accounts, refused, failures)
    EGRESS_OPEN.follow(handler.connections)
    server = await asyncio.start_server(handler.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Proxy(f"http://127.0.0.1:{port}", accounts, refused, failures)
    finally:
        server.close()
        await handler.close()
        await server.wait_closed()


class _Stop(Exception):
    """The exchange ends here; the answer, if one is due, is the argument."""

    def __init__(self, rejected: Rejected | None = None) -> None:
        self.rejected = rejected


class _Handler:
    def __init__(
        self, egress: Egress, limits: Limits, accounts: ProxyAccounts, refused: Counter[str], failures: FailureNotes
    ) -> None:
        self._egress = egress
        self._limits = limits
        self._accounts = accounts
        self._refused = refused
        self._failures = failures
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def connections(self) -> float:
        """Return how many connections are open, from any thread."""
        return len(self._tasks)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                await self._answer(reader, writer)
                writer.close()
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await writer.wait_closed()
        except (OSError, TimeoutError):
            # Either side left, or took too long: the other learns it from the closed connection.
            return
        except asyncio.CancelledError:
            # Python 3.11 logs the cancelled task of a connection as an error.
            if not self._closing:
                raise
        finally:
            writer.transport.abort()
            if task is not None:
                self._tasks.discard(task)

    async def close(self) -> None:
        self._closing = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(reader, writer)
        except _Stop as stop:
            if stop.rejected is not None:
                # Asking for the login refuses nothing: the browser is about to give it.
                if stop.rejected.status != 407:
                    self._refused[stop.rejected.reason] += 1
                if stop.rejected.reason == WEBSOCKET:
                    EGRESS_REFUSALS.add(reason=Refusal.SCHEME)
                writer.write(refusal_head(stop.rejected))
                await writer.drain()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self._limits.head_seconds):
            head, rest = await _read_head(reader, bytearray())
        if len(self._tasks) > self._limits.connections:
            raise _Stop(Rejected(503, "busy"))
        login, meter = self._accounts.login_of(head)
        request = parse_request(head, login)
        if isinstance(request, Rejected):
            raise _Stop(request)
        measure_with(meter)
        if isinstance(request, Tunnel):
            await self._tunnel(request, rest, reader, writer)
        else:
            await self._forward(request, rest, reader, writer)

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            streams = await open_streams(await self._egress.connect(host, port))
        except EgressFailure as failure:
            self._failures.note(host, port, failure.failure)
            status = 403 if failure.kind is Reason.FORBIDDEN_ADDRESS else 502
            raise _Stop(Rejected(status, failure.kind.value)) from failure
        self._failures.forget(host, port)
        return streams

    async def _tunnel(
        self, request: Tunnel, rest: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if rest:
            raise _Stop(Rejected(400, "malformed_request"))
        far_reader, far_writer = await self._connect(request.host, request.port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            async with asyncio.timeout(self._limits.idle_seconds):
                first = await reader.read(_CHUNK)
            if first and first[0] != _TLS_HANDSHAKE:
                EGRESS_REFUSALS.add(reason=Refusal.SCHEME)
                self._refused[WEBSOCKET if first.startswith(b"GET ") else "not_tls"] += 1
                return
            far_writer.write(first)
            relay = _Relay(self._limits)
            await relay.run(relay.pump(reader, far_writer), self._answers(relay, request, far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def _forward(
        self, request: Forward, rest: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await self._connect(request.host, request.port)
        meter = current_meter()
        if meter is not None:
            meter.sent()
        try:
            try:
                async with asyncio.timeout(self._limits.idle_seconds):
                    await _send_request(request, rest, reader, far_writer)
                    first = await _read_response_head(far_reader, writer)
            except TimeoutError as error:
                self._failures.note(request.host, request.port, FailureKind.HEADERS_TIMEOUT)
                raise _Stop(Rejected(502, Reason.TIMEOUT.value)) from error
            except OSError as error:
                self._failures.note(request.host, request.port, FailureKind.RESET)
                raise _Stop(Rejected(502, Reason.UNREACHABLE.value)) from error
            writer.write(first)
            relay = _Relay(self._limits)
            relay.count(len(first))
            await relay.run(relay.discard(reader), relay.pump(far_reader, writer, counted=True))
        finally:
            far_writer.transport.abort()

    async def _answers(
        self, relay: "_Relay", request: Tunnel, far_reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on what the server sends, and note when it breaks off: the browser only sees the end."""
        try:
            await relay.pump(far_reader, writer, counted=True)
        except ConnectionError:
            self._failures.note(request.host, request.port, FailureKind.RESET)


async def _send_request(
    request: Forward, rest: bytes, reader: asyncio.StreamReader, far_writer: asyncio.StreamWriter
) -> None:
    """Send the head and exactly the announced body; whatever else the client sends goes nowhere."""
    body = rest[: request.body_bytes]
    far_writer.write(request.head + body)
    left = request.body_bytes - len(body)
    while left:
        chunk = await reader.read(min(_CHUNK, left))
        if not chunk:
            raise _Stop
        far_writer.write(chunk)
        await far_writer.drain()
        left -= len(chunk)


async def _read_response_head(far_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the final response's head and the body bytes read with it; interim ones are passed on."""
    pending = bytearray()
    while True:
        head, rest = await _read_head(far_reader, pending)
        answer = close_response(head)
        if isinstance(answer, Rejected):
            raise _Stop(answer)
        if not answer.interim:
            return answer.head + rest
        writer.write(answer.head)
        pending = bytearray(rest)


async def _read_head(reader: asyncio.StreamReader, data: bytearray) -> tuple[bytes, bytes]:
    """Return a message's head, empty line included, and what was read behind it.

    What ends early is returned as it came. Stops without an answer when nothing came at all.
    """
    while True:
        end = head_end(bytes(data))
        if end is not None:
            return bytes(data[:end]), bytes(data[end:])
        if len(data) > MAX_HEAD:
            raise _Stop(Rejected(502, Reason.PROTOCOL_ERROR.value))
        chunk = await reader.read(_CHUNK)
        if not chunk:
            if not data:
                raise _Stop(None)
            return bytes(data), b""
        data += chunk


class _Relay:
    """Bytes in both directions, until one side ends, falls silent, or has had enough."""

    def __init__(self, limits: Limits) -> None:
        self._idle_seconds = limits.idle_seconds
        self._bytes_left = limits.total_bytes
        self._last = asyncio.get_running_loop().time()
        self._meter = current_meter()

    def count(self, received: int) -> None:
        """Count bytes that the site sent."""
        if self._meter is not None:
            self._meter.received(received)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False) -> None:
        while data := await reader.read(_CHUNK):
            if counted:
                self.count(len(data))
            self._bytes_left -= len(data)
            if self._bytes_left < 0:
                return
            if self._meter is not None and self._meter.overdrawn:
                self._meter.refuse()
                return
            self._last = asyncio.get_running_loop().time()
            writer.write(data)
            await writer.drain()

    async def discard(self, reader: asyncio.StreamReader) -> None:
        while await reader.read(_CHUNK):
            pass

    async def run(self, *directions: Coroutine[None, None, None]) -> None:
        loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(direction) for direction in directions]
        try:
            done: set[asyncio.Task[None]] = set()
            while not done and (left := self._last + self._idle_seconds - loop.time()) > 0:
                done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
