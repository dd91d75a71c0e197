"""One listening port for HTTP and HTTPS: the first byte of a connection says which it is."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable

ADDRESS = "127.0.0.1"
_TLS_HELLO = 0x16
_FIRST_BYTE_SECONDS = 60.0


def listen(port: int, address: str = ADDRESS) -> socket.socket:
    """Return a listening, non-blocking socket; port 0 takes a free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(1024)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def accepting(
    listener: socket.socket, protocol: Callable[[], asyncio.Protocol], tls: ssl.SSLContext
) -> AsyncIterator[None]:
    """Give every connection to a new protocol until the block ends, through TLS when it opens with a handshake."""
    task = asyncio.create_task(_accept(listener, protocol, tls))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _accept(listener: socket.socket, protocol: Callable[[], asyncio.Protocol], tls: ssl.SSLContext) -> None:
    loop = asyncio.get_running_loop()
    handing: set[asyncio.Task[None]] = set()
    try:
        while True:
            connection, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(_hand_over(connection, protocol, tls))
            handing.add(task)
            task.add_done_callback(handing.discard)
    finally:
        for task in handing:
            task.cancel()
        await asyncio.gather(*handing, return_exceptions=True)


async def _hand_over(connection: socket.socket, protocol: Callable[[], asyncio.Protocol], tls: ssl.SSLContext) -> None:
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
            await loop.connect_accepted_socket(protocol, connection, ssl=secure)
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
