"""Whatever a server does, a fetch ends in time, within its size, with the record of what was seen."""

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.reasons import Reason
from services.fetcher.adapters.egress import Egress
from services.fetcher.adapters.http import HttpClient
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.adapters.trust import Trust
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.fetcher.ports import Response
from services.runtime.clock import FixedClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "http://ville.test/"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\nMairie"

Get = Callable[..., Awaitable[Response]]


@asynccontextmanager
async def client(
    *rules: str, trust: Trust | None = None, dns: str = "127.0.0.1:9", connect_timeout: float = 1.0
) -> AsyncIterator[Get]:
    egress = Egress(
        resolver=Resolver(dns, question_seconds=3.0),
        rules=parse_connect_rules(rules),
        connect_timeout=connect_timeout,
    )
    http = HttpClient(egress, trust or Trust(), FixedClock(NOON), "Mozilla/5.0 (compatible; CommuneAudit/1)")

    async def get(url: str = URL, *, max_bytes: int = 10_000, timeout: float = 3.0) -> Response:  # noqa: ASYNC109
        return await http.get(url, max_bytes=max_bytes, timeout=timeout)

    try:
        yield get
    finally:
        await http.close()


def redirect(location: str, *headers: str, status: int = 302) -> bytes:
    more = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\n{more}Content-Length: 0\r\n\r\n".encode()


async def test_a_page_is_read_with_its_record(serve: Any) -> None:
    served = await serve(OK)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        response = await get("http://ville.test/accueil?a=1")
    probe = response.probe
    assert (response.body, response.media_type, probe.failure) == (b"Mairie", "text/html", None)
    final = probe.final
    assert final is not None
    assert (final.url, final.status, final.at) == ("http://ville.test/accueil?a=1", 200, NOON)
    assert (final.remote_address, final.header("content-type")) == ("127.0.0.1", "text/html; charset=utf-8")
    assert probe.verified_tls
    assert not probe.truncated
    request = served.requests[0].decode().lower()
    assert request.startswith("get /accueil?a=1 http/1.1\r\nhost: ville.test\r\n")
    assert "user-agent: mozilla/5.0 (compatible; communeaudit/1)\r\n" in request
    assert "accept-language: fr-fr,fr;q=0.9\r\n" in request
    assert "accept-encoding: gzip, deflate\r\n" in request


async def test_redirects_are_followed_and_each_is_recorded(serve: Any) -> None:
    last = await serve(OK)
    middle = await serve(redirect("http://c.test/fin#ancre", status=301))
    first = await serve(redirect("//b.test/x"))
    rules = [f"{host}.test=127.0.0.1:{served.port}" for host, served in zip("abc", (first, middle, last), strict=True)]
    async with client(*rules) as get:
        probe = (await get("http://a.test/")).probe
    assert [(hop.url, hop.status) for hop in probe.hops] == [
        ("http://a.test/", 302),
        ("http://b.test/x", 301),
        ("http://c.test/fin", 200),
    ]
    assert probe.failure is None


@pytest.mark.parametrize(
    ("location", "failure"),
    [
        ("http://127.0.0.1/", Reason.FORBIDDEN_ADDRESS),
        ("http://169.254.169.254/latest/meta-data/", Reason.FORBIDDEN_ADDRESS),
        ("http://[::1]/", Reason.FORBIDDEN_ADDRESS),
        ("http://localhost:8080/", Reason.FORBIDDEN_ADDRESS),
        ("http://ailleurs.fr:22/", Reason.FORBIDDEN_ADDRESS),
        ("file:///etc/passwd", Reason.UNEXPECTED_CONTENT),
        ("ftp://ville.test/", Reason.UNEXPECTED_CONTENT),
        ("mailto:mairie@ville.test", Reason.UNEXPECTED_CONTENT),
        ("http://[bad/", Reason.PROTOCOL_ERROR),
        ("http://a:b@ville.test/", Reason.PROTOCOL_ERROR),
        ("http://ville.test/" + "a" * 3000, Reason.PROTOCOL_ERROR),
    ],
)
async def test_a_redirect_out_of_the_public_web_is_recorded_and_not_followed(
    serve: Any, location: str, failure: Reason
) -> None:
    served = await serve(redirect(location))
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        response = await get()
    assert (response.probe.failure, len(response.probe.hops), response.body) == (failure, 1, b"")
    assert response.probe.final is None
    assert response.probe.failed_url is not None
    assert served.connections == 1


async def test_a_redirect_to_a_name_that_leads_inside_is_refused(serve: Any, start_dns: Any) -> None:
    stub = await start_dns({("dedans.fr", "A"): [("127.0.0.1",)]})
    served = await serve(redirect("http://dedans.fr/"))
    async with client(f"ville.test=127.0.0.1:{served.port}", dns=stub.server) as get:
        probe = (await get()).probe
    assert (probe.failure, probe.failed_url) == (Reason.FORBIDDEN_ADDRESS, "http://dedans.fr/")


async def test_a_loop_is_noticed_at_once_and_endless_redirects_after_ten(serve: Any) -> None:
    count = iter(range(1000))

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(redirect(f"/{next(count)}"))
        await writer.drain()

    loop, chain = await serve(redirect("http://ville.test/")), await serve(endless)
    async with client(f"ville.test=127.0.0.1:{loop.port}", f"autre.test=127.0.0.1:{chain.port}") as get:
        short, long = (await get()).probe, (await get("http://autre.test/")).probe
    assert (short.failure, len(short.hops)) == (Reason.REDIRECT_LOOP, 1)
    assert (long.failure, len(long.hops)) == (Reason.REDIRECT_LOOP, 11)


async def test_a_site_that_redirects_to_itself_until_its_cookie_comes_back_is_read(serve: Any) -> None:
    async def picky(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen = b"cookie: vu=secret-de-session" in head.lower()
        writer.write(OK if seen else redirect("/", "Set-Cookie: vu=secret-de-session; Path=/"))
        await writer.drain()

    served = await serve(picky)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        first, again = await get(), await get()
    assert first.body == b"Mairie"
    assert len(again.probe.hops) == 2
    assert "secret" not in str(first.probe)


@pytest.mark.parametrize("status", [200, 301, 304, 404, 410, 500, 503])
async def test_any_status_without_a_place_to_go_is_the_final_response(serve: Any, status: int) -> None:
    served = await serve(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        final = (await get()).probe.final
    assert final is not None
    assert final.status == status


@pytest.mark.parametrize(
    "reply",
    [
        b"<html>0.9</html>",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: " + b"a" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
        b"",
    ],
)
async def test_what_is_not_http_is_a_protocol_error(serve: Any, reply: bytes) -> None:
    served = await serve(reply)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        assert (await get()).probe.failure is Reason.PROTOCOL_ERROR


async def test_a_closed_port_is_unreachable(unused_port: int) -> None:
    async with client(f"ville.test=127.0.0.1:{unused_port}") as get:
        probe = (await get()).probe
    assert (probe.failure, probe.failed_url, probe.hops) == (Reason.UNREACHABLE, URL, ())


async def test_a_dead_name_and_a_silent_name_server_are_dns_failures(start_dns: Any) -> None:
    stub = await start_dns({("panne.fr", "A"): ["SERVFAIL"], ("panne.fr", "AAAA"): ["SERVFAIL"]})
    async with client(dns=stub.server) as get:
        dead, broken = (await get("http://mort.fr/")).probe, (await get("http://panne.fr/")).probe
    assert (dead.failure, dead.detail) == (Reason.DNS_FAILURE, "nxdomain")
    assert (broken.failure, broken.detail) == (Reason.DNS_FAILURE, "SERVFAIL")


async def test_a_server_that_never_answers_times_out(serve: Any) -> None:
    async def tarpit(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    served = await serve(tarpit)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        plain = (await get(timeout=0.3)).probe
        secure = (await get("https://ville.test/", timeout=0.3)).probe
    assert (plain.failure, secure.failure) == (Reason.TIMEOUT, Reason.TIMEOUT)


async def test_a_header_that_drips_times_out(serve: Any) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: b\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    served = await serve(drip)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        assert (await get(timeout=0.3)).probe.failure is Reason.TIMEOUT


async def test_a_body_that_is_too_slow_is_kept_as_far_as_it_came(serve: Any) -> None:
    async def slow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    served = await serve(slow)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        response = await get(timeout=0.4)
    assert (response.probe.failure, response.probe.truncated) == (None, True)
    assert 0 < len(response.body) < 20


async def test_a_body_that_never_begins_is_a_timeout(serve: Any) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        await reader.read()

    served = await serve(mute)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        probe = (await get(timeout=0.3)).probe
    assert (probe.failure, [hop.status for hop in probe.hops]) == (Reason.TIMEOUT, [200])


async def test_a_body_that_breaks_off_is_kept_as_far_as_it_came(serve: Any) -> None:
    served = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nMairie")
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        response = await get()
    assert (response.probe.failure, response.probe.truncated, response.body) == (None, True, b"Mairie")


async def test_an_endless_body_is_cut(serve: Any) -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            await writer.drain()

    served = await serve(endless)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        response = await get()
    assert (len(response.body), response.probe.truncated, response.probe.failure) == (10_000, True, None)


async def test_a_compressed_bomb_is_cut(serve: Any) -> None:
    bomb = gzip.compress(bytes(30_000_000))
    served = await serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        response = await get()
    assert (response.body, response.probe.truncated) == (bytes(10_000), True)


@pytest.mark.parametrize("coding", [b"br", b"gzip"])
async def test_a_body_that_cannot_be_decoded_is_unexpected(serve: Any, coding: bytes) -> None:
    served = await serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + b"\r\nContent-Length: 6\r\n\r\nMairie")
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        probe = (await get()).probe
    assert (probe.failure, len(probe.hops)) == (Reason.UNEXPECTED_CONTENT, 1)


async def test_headers_are_bounded(serve: Any) -> None:
    served = await serve(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"b" * 9000 + b"\r\n" + b"X: y\r\n" * 400 + b"\r\n")
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        hop = (await get()).probe.hops[0]
    assert len(hop.headers) <= 100
    assert max(len(header.value) for header in hop.headers) <= 2000


async def test_a_good_certificate_is_verified(serve: Any, authority: Any, make_certificate: Any) -> None:
    leaf = make_certificate("ville.test", "ville.test", by=authority.root)
    served = await serve(OK, authority.context(leaf))
    async with client(f"ville.test=127.0.0.1:{served.port}", trust=Trust(authority.root_file)) as get:
        response = await get("https://ville.test/")
    assert (response.body, response.probe.verified_tls, served.connections) == (b"Mairie", True, 1)


@pytest.mark.parametrize("case", ["expired", "wrong host", "self-signed", "unknown authority"])
async def test_a_bad_certificate_does_not_hide_the_page(
    serve: Any, authority: Any, make_certificate: Any, case: str
) -> None:
    leaf = {
        "expired": make_certificate("ville.test", "ville.test", by=authority.root, days=(-20, -10)),
        "wrong host": make_certificate("autre.test", "autre.test", by=authority.root),
        "self-signed": make_certificate("ville.test", "ville.test"),
        "unknown authority": make_certificate("ville.test", "ville.test", by=make_certificate("X", ca=True)),
    }[case]
    served = await serve(OK, authority.context(leaf))
    async with client(f"ville.test=127.0.0.1:{served.port}", trust=Trust(authority.root_file)) as get:
        response = await get("https://ville.test/")
    assert (response.body, response.probe.verified_tls) == (b"Mairie", False)
    assert [hop.status for hop in response.probe.hops] == [200]


async def test_a_port_that_does_not_speak_tls_is_a_tls_failure(serve: Any) -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    served = await serve(shout)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        assert (await get("https://ville.test/")).probe.failure is Reason.TLS_FAILURE


async def test_a_connection_that_is_reset_is_unreachable(serve: Any) -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        # Without lingering, closing sends a reset.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    served = await serve(slam)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        probe = (await get()).probe
    assert probe.failure is Reason.UNREACHABLE


async def test_many_fetches_at_once_do_not_mix(serve: Any) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
        await writer.drain()

    served = await serve(echo)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        responses = await asyncio.gather(*(get(f"http://ville.test/{n}") for n in range(40)))
    assert [response.body for response in responses] == [b"/%d" % n for n in range(40)]
