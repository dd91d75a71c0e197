"""A proxy on loopback in front of a server: a test can take the server away, make it answer 503, or put TLS on it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from urllib.parse import urlsplit

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CHUNK = 65_536


class Mode(Enum):
    """What a client meets."""

    OPEN = auto()
    BUSY = auto()
    """Every request is answered with 503."""
    AWAY = auto()
    """Connections end as soon as they begin."""


class Front:
    """Passes connections on to a server. A change of mode ends those that are open."""

    def __init__(self, server: str, tls: ssl.SSLContext | None, mode: Mode) -> None:
        self._server = urlsplit(server)
        self._tls = tls
        self._mode = mode
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.refused = 0
        """Connections that met 503, or nobody."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def turn(self, mode: Mode) -> None:
        """Change what clients meet, at once."""
        with self._lock:
            self._mode = mode
            connections, self._connections = self._connections, set()
        for connection in connections:
            _hang_up(connection)

    def close(self) -> None:
        """Listen no more."""
        _hang_up(self._listener)
        self.turn(Mode.AWAY)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._mode is Mode.AWAY:
                self.refused += 1
                client.close()
                return
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
            if self._mode is Mode.BUSY:
                self.refused += 1
                self._refuse(client)
                return
            server = socket.create_connection((self._server.hostname, self._server.port))
            with self._lock:
                self._connections |= {client, server}
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()
            with self._lock:
                self._connections -= {client, server}

    @staticmethod
    def _refuse(client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(_CHUNK)
                if not part:
                    return
                head += part
            client.sendall(_BUSY)
            client.shutdown(socket.SHUT_WR)
            # To close with unread bytes would reset the connection before the answer is read.
            client.settimeout(1)
            while client.recv(_CHUNK):
                continue


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(_CHUNK):
            target.sendall(part)
    _hang_up(target)
    _hang_up(source)


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def in_front_of(server: str, *, tls: ssl.SSLContext | None = None, mode: Mode = Mode.OPEN) -> Iterator[Front]:
    """Run a proxy in front of the server of a URL while the block runs; ``tls`` is what its own side speaks."""
    front = Front(server, tls, mode)
    try:
        yield front
    finally:
        front.close()
