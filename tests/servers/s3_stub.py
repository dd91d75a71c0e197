"""A scripted HTTP server that stands for an S3 server having a bad day."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. ``promised`` is the Content-Length, when more than is sent; ``wait`` seconds come first."""

    status: int = 200
    body: bytes = b""
    promised: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived, with lower-case header names."""

    method: str
    path: str
    headers: dict[str, str]


def refused(status: int, code: str) -> Reply:
    """Return an S3 error document."""
    return Reply(status=status, body=f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


class Stub(ThreadingHTTPServer):
    """Answers with the replies in order, then with the last one for ever."""

    daemon_threads = True

    def __init__(self, replies: Sequence[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self._replies = list(replies)
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.date: str | None = None
        """What it says the time is, when not the machine's."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def next_reply(self, request: Request) -> Reply:
        """Note a request and return the answer to it."""
        with self._lock:
            self.requests.append(request)
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the script."""


class _Handler(BaseHTTPRequestHandler):
    server: Stub
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.next_reply(Request(self.command, self.path, headers))
        self.server.closing.wait(reply.wait)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        length = len(reply.body) if reply.promised is None else reply.promised
        if "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815  # names of the standard library

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time for the Date header."""
        return self.server.date or super().date_time_string(timestamp)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def stub(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Stub]:
    """Serve a script while the block runs."""
    server = Stub(replies)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
