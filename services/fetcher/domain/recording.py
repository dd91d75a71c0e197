"""The HTTP exchanges of one site, kept for an archive that replays the visit. Bounded, without anyone's secrets.

The recording of the site in hand is found in the context of its task; without one, nothing is recorded and
nothing is read for it.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from services.fetcher.domain.response_headers import bounded_headers

MAX_BODY = 5_000_000
"""Bytes kept of one body; a longer one is cut and marked truncated."""
_SECRET = frozenset({"cookie", "authorization", "proxy-authorization"})
_FRAMING = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer. ``body`` is decoded; ``truncated`` says that more of it came or would have."""

    url: str
    method: str = "GET"
    status: int
    request_headers: tuple[tuple[str, str], ...] = ()
    response_headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    truncated: bool = False
    remote_address: str | None = None
    at: datetime

    @property
    def size(self) -> int:
        """About as many bytes as the exchange takes."""
        headers = (*self.request_headers, *self.response_headers)
        return len(self.url) + len(self.body) + sum(len(name) + len(value) for name, value in headers)


@dataclass(slots=True)
class Recording:
    """Collects exchanges up to ``max_bytes`` of headers and bodies; what comes after is counted in ``omitted``.

    The same answer to the same request is kept once.
    """

    max_bytes: int
    exchanges: list[Exchange] = field(default_factory=list)
    omitted: int = 0
    _bytes: int = 0
    _seen: set[tuple[str, str, int, bytes]] = field(default_factory=set)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange, if there is room for it."""
        same = (exchange.method, exchange.url, exchange.status, sha256(exchange.body).digest())
        if same in self._seen:
            return
        size = exchange.size
        if not self.has_room(size):
            self.omitted += 1
            return
        self._seen.add(same)
        self._bytes += size
        self.exchanges.append(exchange)

    def has_room(self, count: int) -> bool:
        """Whether so many bytes more would be kept."""
        return self._bytes + count <= self.max_bytes


def safe_headers(pairs: Iterable[tuple[str, str]], *, body: bytes | None = None) -> tuple[tuple[str, str], ...]:
    """Return the well-formed headers, without credentials and cookie values.

    With a body, they are those of a decoded body: its framing is replaced by its length.
    """
    kept = [
        (name, _CONTROL.sub(" ", value))
        for name, value in bounded_headers(pairs)
        if name not in _SECRET and _TOKEN.fullmatch(name)
    ]
    if body is None:
        return tuple(kept)
    return (*((name, value) for name, value in kept if name not in _FRAMING), ("content-length", str(len(body))))


_RECORDING: ContextVar[Recording | None] = ContextVar("recording", default=None)


def current_recording() -> Recording | None:
    """Return the recording of the site in hand, None when nothing is recorded."""
    return _RECORDING.get()


def record_with(recording: Recording | None) -> None:
    """Record for the rest of the present task, and in the tasks it starts."""
    _RECORDING.set(recording)
