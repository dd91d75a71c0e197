"""Answers whose head is wrong: what stands before a body, or instead of one."""

import asyncio
import itertools

from services.simulator.hostile.asking import Ask, Out
from services.simulator.hostile.registry import handles
from services.simulator.hostile.town import read_page

_PATIENCE = 600
"""Steps of an answer that would go on for ever, should the client not leave."""


def _town(status_line: str, *headers: str) -> bytes:
    """Return the town's page under a status line and headers as they are given, without further ones."""
    body = read_page("town").encode()
    lines = [status_line, *headers, "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


@handles("slow-head")
async def slow_head(_: Ask, out: Out) -> None:
    """Send the head one byte a second."""
    for byte in itertools.islice(itertools.cycle(b"HTTP/1.1 200 OK\r\nX-A: "), _PATIENCE):
        await out.send(bytes([byte]))
        await asyncio.sleep(1)


@handles("silence")
async def silence(_: Ask, _out: Out) -> None:
    """Never answer."""
    await asyncio.sleep(_PATIENCE)


@handles("header-flood")
async def header_flood(_: Ask, out: Out) -> None:
    """Send headers without an end."""
    await out.send(b"HTTP/1.1 200 OK\r\n")
    for start in range(0, 1_000_000, 100):
        await out.send(b"".join(b"X-Flood-%d: %s\r\n" % (start + i, b"a" * 900) for i in range(100)))


@handles("header-thousand")
async def header_thousand(_: Ask, out: Out) -> None:
    """Send a page under a thousand short headers."""
    await out.send(_town("HTTP/1.1 200 OK", *(f"X-Header-{number}: {number}" for number in range(1_000))))


@handles("interim-flood")
async def interim_flood(_: Ask, out: Out) -> None:
    """Send interim answers without a final one."""
    for _step in range(1_000_000):
        await out.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n" * 50)
        await asyncio.sleep(0.01)


@handles("interim-few")
async def interim_few(_: Ask, out: Out) -> None:
    """Send three interim answers before the page."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
    await out.send(interim + _town("HTTP/1.1 200 OK"))


@handles("status-malformed")
async def status_malformed(_: Ask, out: Out) -> None:
    """Send a status line that is none."""
    await out.send(_town("HTTP/9.9 deux-cents Bien sur"))


@handles("status-bare")
async def status_bare(_: Ask, out: Out) -> None:
    """Send a status line without a phrase."""
    await out.send(_town("HTTP/1.1 200"))


@handles("status-unknown")
async def status_unknown(_: Ask, out: Out) -> None:
    """Send a status that does not exist."""
    await out.send(_town("HTTP/1.1 999 Request denied"))


@handles("switching-protocols")
async def switching_protocols(_: Ask, out: Out) -> None:
    """Switch to another protocol unasked."""
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    await out.send(head + b"\x81" * 50)


@handles("proxy-login")
async def proxy_login(_: Ask, out: Out) -> None:
    """Ask for the login of a proxy, as only our own may."""
    await out.page("<h1>407</h1>", status=407, headers=('Proxy-Authenticate: Basic realm="commune-audit"',))


@handles("pretended-refusal")
async def pretended_refusal(_: Ask, out: Out) -> None:
    """Pretend to be a refusal of our own egress."""
    await out.page(read_page("town"), headers=("X-Audit-Egress: forbidden_address",))


@handles("http-nine")
async def http_nine(_: Ask, out: Out) -> None:
    """Answer as HTTP/0.9 did: the page and nothing else."""
    await out.send(read_page("town").encode())


@handles("noise")
async def noise(_: Ask, out: Out) -> None:
    """Answer with bytes that are no protocol."""
    await out.send(bytes(range(256)) * 400)


@handles("hang-up")
async def hang_up(_: Ask, _out: Out) -> None:
    """Close without a word."""


@handles("length-negative")
async def length_negative(_: Ask, out: Out) -> None:
    """Announce a body of negative length."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: -5\r\n\r\n"
    await out.send(head + read_page("town").encode())


@handles("length-double")
async def length_double(_: Ask, out: Out) -> None:
    """Announce two lengths that disagree."""
    await out.send(_town("HTTP/1.1 200 OK", "Content-Length: 12"))


@handles("length-too-long")
async def length_too_long(_: Ask, out: Out) -> None:
    """Announce more than is sent, and close."""
    body = read_page("town").encode()
    await out.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900000\r\n\r\n" + body)


@handles("chunk-broken")
async def chunk_broken(_: Ask, out: Out) -> None:
    """Send a chunked body whose second chunk has no size."""
    body = read_page("town").encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    await out.send(head + b"%x\r\n" % len(body) + body + b"\r\nzz\r\nnonsense\r\n")


@handles("type-missing")
async def type_missing(_: Ask, out: Out) -> None:
    """Send the page without a Content-Type."""
    body = read_page("town").encode()
    await out.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


@handles("cookies-bad")
async def cookies_bad(_: Ask, out: Out) -> None:
    """Set cookies that are malformed, foreign, everlasting and many."""
    bad = ("=nameless", "a", ";;;", "b=\x7f\x01", "c=1; Domain=com", "d=1; Expires=Fri, 31 Dec 9999999 23:59:59 GMT")
    many = tuple(f"n{number}={number}" for number in range(300))
    await out.page(read_page("town"), headers=tuple(f"Set-Cookie: {cookie}" for cookie in (*bad, *many)))


@handles("cookies-huge")
async def cookies_huge(_: Ask, out: Out) -> None:
    """Set cookies that no request could carry back."""
    await out.page(read_page("town"), headers=tuple(f"Set-Cookie: h{n}={'a' * 4_000}; Path=/" for n in range(12)))
