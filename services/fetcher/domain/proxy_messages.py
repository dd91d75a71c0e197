"""The HTTP that the egress proxy speaks: one request a connection, so that none can hide behind another.

RFC 9112 read narrowly towards our own browser, and as browsers read it towards servers.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.contracts.reasons import Reason
from services.fetcher.domain.host_names import canonical_host

WEBSOCKET = "websocket"
MAX_HEAD = 65_536
MAX_BODY = 10_000_000
"""Bytes of a request body that are forwarded; a page's own forms and beacons are far smaller."""
EGRESS_HEADER = "x-audit-egress"
"""Carries the reason of a refusal. Never passed on from a server, so that no site can pretend one."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\x00]*?)[ \t]*")
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "upgrade", "expect", "host"})
_STATUS = re.compile(rb"HTTP/1\.[0-9] +([0-9]{3})(?:[ \r\n]|$)")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Tunnel:
    """CONNECT: a destination for an opaque stream."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Forward:
    """One plain HTTP exchange: where, the head to send, and how many body bytes follow it."""

    host: str
    port: int
    head: bytes
    body_bytes: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A request that is not carried out, with the status to answer and why."""

    status: int
    reason: str


def head_end(data: bytes) -> int | None:
    """Return where the head ends in what was read so far (behind the empty line), None when it has not ended."""
    found = _HEAD_END.search(data)
    return found.end() if found else None


def parse_request(head: bytes, authorization: str | None = None) -> Tunnel | Forward | Rejected:
    """Return what a request head asks for. With ``authorization``, requests without that proxy login get a 407."""
    malformed = Rejected(400, "malformed_request")
    try:
        lines = head.decode("ascii", errors="strict").removesuffix("\r\n\r\n").split("\r\n")
    except UnicodeDecodeError:
        lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    request = lines[0].split(" ")
    fields = [_FIELD.fullmatch(line) for line in lines[1:]]
    if len(request) != 3 or request[2] not in {"HTTP/1.0", "HTTP/1.1"} or not request[1].isprintable():
        return malformed
    headers = [(field[1].lower(), field[0]) for field in fields if field]
    if len(headers) != len(fields):
        return malformed
    if authorization is not None and not _logged_in(headers, authorization):
        return Rejected(407, "login")
    method, target, _ = request
    if method == "CONNECT":
        place = _authority(target, None)
        return Tunnel(*place) if place else malformed
    return _forward(method, target, headers)


def refusal_head(rejected: Rejected) -> bytes:
    """Return the complete answer to a request that is not carried out."""
    phrase = {400: "Bad Request", 403: "Forbidden", 407: "Proxy Authentication Required", 503: "Busy"}
    lines = [
        f"HTTP/1.1 {rejected.status} {phrase.get(rejected.status, 'Bad Gateway')}",
        f"{EGRESS_HEADER}: {rejected.reason}",
        "Content-Length: 0",
        "Connection: close",
    ]
    if rejected.status == 407:
        lines.append('Proxy-Authenticate: Basic realm="commune-audit"')
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """A server's answer as it is passed on; after an interim one another follows."""

    head: bytes
    interim: bool = False


def close_response(head: bytes) -> ResponseHead | Rejected:
    """Return a response head that announces the connection's end; what is not HTTP passes unchanged.

    A 101 would turn the connection into something else, and a 407 would make the browser log in to
    a site with the proxy's credentials: both are refused.
    """
    status = _STATUS.match(head)
    if status is None:
        return ResponseHead(head)
    code = int(status[1])
    if code in {101, 407}:
        return Rejected(502, Reason.PROTOCOL_ERROR.value)
    if 100 <= code < 200:
        return ResponseHead(head, interim=True)
    lines = re.split(rb"\r?\n", head.rstrip(b"\r\n"))
    dropped = (b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", EGRESS_HEADER.encode())
    kept = [line for line in lines[1:] if line.split(b":")[0].strip().lower() not in dropped]
    return ResponseHead(b"\r\n".join([lines[0], *kept, b"Connection: close", b"", b""]))


def _forward(method: str, target: str, headers: list[tuple[str, str]]) -> Forward | Rejected:
    malformed = Rejected(400, "malformed_request")
    scheme, _, rest = target.partition("://")
    if scheme.lower() != "http" or method not in _METHODS:
        return malformed
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    place = _authority(authority, 80)
    if place is None:
        return malformed
    values = [(name, line.partition(":")[2].strip()) for name, line in headers]
    if any(name == "upgrade" for name, _ in values):
        return Rejected(403, WEBSOCKET)
    lengths = {value for name, value in values if name == "content-length"}
    length = next(iter(lengths), "0")
    if any(name == "transfer-encoding" for name, _ in values) or len(lengths) > 1 or not re.fullmatch(r"\d+", length):
        return malformed
    if int(length) > MAX_BODY:
        return Rejected(403, Reason.TOO_LARGE.value)
    named = {name.strip().lower() for field, value in values if field == "connection" for name in value.split(",")}
    kept = [
        line
        for name, line in headers
        if name not in _HOP_BY_HOP and name not in (named - {"content-length"}) and not name.startswith("proxy-")
    ]
    path = rest[len(authority) :].partition("#")[0]
    shown = f"[{place[0]}]" if ":" in place[0] else place[0]
    host = shown if place[1] == 80 else f"{shown}:{place[1]}"
    start = f"{method} {path if path.startswith('/') else '/' + path} HTTP/1.1"
    head = "\r\n".join([start, f"Host: {host}", *kept, "Connection: close", "", ""])
    return Forward(place[0], place[1], head.encode("latin-1"), int(length))


def _authority(text: str, default_port: int | None) -> tuple[str, int] | None:
    """Return the canonical host and the port of ``host:port``, None when it is anything else."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port if parts.port is not None else default_port
    except ValueError:
        return None
    host = canonical_host(parts.hostname or "")
    if host is None or port is None or "@" in text or parts.netloc != text:
        return None
    return host, port


def _logged_in(headers: Iterable[tuple[str, str]], authorization: str) -> bool:
    given = (line.partition(":")[2].strip() for name, line in headers if name == "proxy-authorization")
    return any(hmac.compare_digest(value.encode(), authorization.encode()) for value in given)
