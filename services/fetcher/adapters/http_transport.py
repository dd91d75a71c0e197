"""HTTP over the egress: httpx's transport on httpcore, whose connections are only those the egress opens."""

import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, cast

import httpcore
import httpx

from services.contracts.errors import AuditError
from services.contracts.reasons import Reason
from services.fetcher.adapters.egress import Egress, LimitReached, open_streams
from services.fetcher.domain.meter import current_meter


class TlsHandshakeFailed(AuditError):
    """No TLS session could be opened, for another reason than the certificate. ``error`` says which."""

    kind = Reason.TLS_FAILURE

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error) or type(error).__name__)
        # httpcore raises again without the cause.
        self.error = error


class EgressTransport(httpx.AsyncBaseTransport):
    """Sends one request per connection; time limits are the caller's.

    Raises EgressFailure, TlsHandshakeFailed, ssl.SSLError (an alert after the handshake among them), and
    httpcore's NetworkError and ProtocolError.
    """

    def __init__(self, egress: Egress, context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=None,
            # A kept connection that the server closes meanwhile looks like a failure of the site.
            max_keepalive_connections=0,
            network_backend=_Backend(egress),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the response's body is still to be read."""
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(cast("AsyncIterable[bytes]", answer.stream)),
            extensions=answer.extensions,
            request=request,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, egress: Egress) -> None:
        self._egress = egress

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._egress.connect(host, port))


class _Stream(httpcore.AsyncNetworkStream):
    """A connected socket that becomes a plain or a TLS stream at its first use."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._peer = connected.getpeername()
        self._streams: tuple[Any, Any] | None = None

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002
    ) -> httpcore.AsyncNetworkStream:
        try:
            self._streams = await open_streams(self._socket, ssl_context, server_hostname)
        except ssl.SSLCertVerificationError:
            raise
        except OSError as error:
            raise TlsHandshakeFailed(error) from error
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002
        reader, _ = await self._opened()
        try:
            data = cast("bytes", await reader.read(max_bytes))
        except ssl.SSLError:
            raise
        except OSError as error:
            raise httpcore.ReadError(str(error) or type(error).__name__) from error
        meter = current_meter()
        if meter is not None:
            meter.received(len(data))
            if meter.overdrawn:
                raise LimitReached(meter.refuse())
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002
        _, writer = await self._opened()
        try:
            writer.write(buffer)
            await writer.drain()
        except ssl.SSLError:
            raise
        except OSError as error:
            raise httpcore.WriteError(str(error) or type(error).__name__) from error

    async def aclose(self) -> None:
        if self._streams is None:
            self._socket.close()
        else:
            # No farewell: a peer that never says goodbye must not hold us.
            self._streams[1].transport.abort()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's signature)
        if info == "server_addr":
            return self._peer
        if info == "ssl_object":
            return self._streams[1].get_extra_info("ssl_object") if self._streams else None
        return None

    async def _opened(self) -> tuple[Any, Any]:
        if self._streams is None:
            self._streams = await open_streams(self._socket)
        return self._streams
