"""The browser's only way out: a small HTTP proxy on loopback whose connections are the egress's.

Plain HTTP is forwarded one request a connection; CONNECT tunnels carry TLS only, so that neither
WebSockets nor another protocol leave in the clear. (A WebSocket inside TLS looks like any request: it
is the browser's to refuse, and reaches public addresses only.)
"""

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe

from services.contracts.reasons import Reason
from services.fetcher.adapters.egress import Egress, EgressFailure, open_streams
from services.fetcher.domain.proxy_messages import (
    MAX_HEAD,
    Forward,
    Rejected,
    Tunnel,
    close_response,
    head_end,
    parse_request,
    refusal_head,
)

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
    """A running proxy, and the random login it asks for. ``refused`` counts by reason what it did not do."""

    server_url: str
    username: str
    password: str
    refused: Counter[str] = field(default_factory=Counter)


@asynccontextmanager
async def open_proxy(
    egress: Egress, limits: Limits | None = None, make_secret: Callable[[], str] = token_urlsafe
) -> AsyncIterator[Proxy]:
    """Serve the proxy on a free port of 127.0.0.1 until exit."""
    username, password = "fetcher", make_secret()
    login = "Basic " + b64encode(f"{username}:{password}".encode()).decode()
    refused: Counter[str] = Counter()
    handler = _Handler(egress, limits or Limits(), login, refused)
    server = await asyncio.start_server(handler.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Proxy(f"http://127.0.0.1:{port}", username, password, refused)
    finally:
        server.close()
        await handler.close()
        await server.wait_closed()


class _Stop(Exception):
    """The exchange ends here; the answer, if one is due, is the argument."""

    def __init__(self, rejected: Rejected | None = None) -> None:
        self.rejected = rejected


class _Handler:
    def __init__(self, egress: Egress, limits: Limits, login: str, refused: Counter[str]) -> None:
        self._egress = egress
        self._limits = limits
        self._login = login
        self._refused = refused
        self._tasks: set[asyncio.Task[None]] = set()

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
        finally:
            writer.transport.abort()
            if task is not None:
                self._tasks.discard(task)

    async def close(self) -> None:
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
                writer.write(refusal_head(stop.rejected))
                await writer.drain()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self._limits.head_seconds):
            head, rest = await _read_head(reader, bytearray())
        if len(self._tasks) > self._limits.connections:
            raise _Stop(Rejected(503, "busy"))
        request = parse_request(head, self._login)
        if isinstance(request, Rejected):
            raise _Stop(request)
        if isinstance(request, Tunnel):
            await self._tunnel(request, rest, reader, writer)
        else:
            await self._forward(request, rest, reader, writer)

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await open_streams(await self._egress.connect(host, port))
        except EgressFailure as failure:
            status = 403 if failure.kind is Reason.FORBIDDEN_ADDRESS else 502
            raise _Stop(Rejected(status, failure.kind.value)) from failure

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
                self._refused["websocket" if first.startswith(b"GET ") else "not_tls"] += 1
                return
            far_writer.write(first)
            relay = _Relay(self._limits)
            await relay.run(relay.pump(reader, far_writer), relay.pump(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def _forward(
        self, request: Forward, rest: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await self._connect(request.host, request.port)
        try:
            try:
                async with asyncio.timeout(self._limits.idle_seconds):
                    await _send_request(request, rest, reader, far_writer)
                    first = await _read_response_head(far_reader, writer)
            except TimeoutError as error:
                raise _Stop(Rejected(502, Reason.TIMEOUT.value)) from error
            except OSError as error:
                raise _Stop(Rejected(502, Reason.UNREACHABLE.value)) from error
            writer.write(first)
            relay = _Relay(self._limits)
            await relay.run(relay.discard(reader), relay.pump(far_reader, writer))
        finally:
            far_writer.transport.abort()


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

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            self._bytes_left -= len(data)
            if self._bytes_left < 0:
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
