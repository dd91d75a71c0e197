"""The browser's proxy lets out one plain request a connection, TLS tunnels, and nothing to the inside."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.fetcher.adapters.egress import Egress
from services.fetcher.adapters.proxy import Limits, Proxy, open_proxy
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.fetcher.metrics import FETCHER
from tests.measured import Measured

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\nMairie"
HELLO = b"\x16\x03\x01\x00\x05hello"


@asynccontextmanager
async def running(*rules: str, dns: str = "127.0.0.1:9", **limits: Any) -> AsyncIterator[Proxy]:
    egress = Egress(resolver=Resolver(dns, question_seconds=3.0), rules=parse_connect_rules(rules), connect_timeout=0.5)
    async with open_proxy(egress, Limits(**limits)) as proxy:
        yield proxy


def login(proxy: Proxy) -> str:
    return "Proxy-Authorization: Basic " + b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()


async def connected(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", urlsplit(proxy.server_url).port)


async def ask(proxy: Proxy, line: str, *headers: str, body: bytes = b"", log_in: bool = True) -> bytes:
    """Send one request and return everything until the proxy closes the connection."""
    reader, writer = await connected(proxy)
    lines = [line, *headers, *([login(proxy)] if log_in else []), "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


def reason(answer: bytes) -> tuple[int, str]:
    head = answer.decode("latin-1").split("\r\n")
    named = [line.partition(": ")[2] for line in head if line.startswith("x-audit-egress")]
    return int(head[0].split(" ")[1]), named[0] if named else ""


async def tunnel(proxy: Proxy, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await connected(proxy)
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login(proxy)}\r\n\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    return reader, writer


async def test_a_plain_page_goes_through_and_the_connection_ends(serve: Any) -> None:
    served = await serve(OK)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        answer = await ask(proxy, "GET http://ville.test/x HTTP/1.1", "Host: ville.test")
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nMairie"
    assert served.requests == [b"GET /x HTTP/1.1\r\nHost: ville.test\r\nConnection: close\r\n\r\n"]


async def test_a_server_that_keeps_the_connection_open_is_left_once_the_browser_leaves(serve: Any) -> None:
    gone = asyncio.Event()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.read()
        gone.set()

    served = await serve(keep)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        reader, writer = await connected(proxy)
        writer.write(f"GET http://ville.test/ HTTP/1.1\r\n{login(proxy)}\r\n\r\n".encode())
        assert (await reader.readuntil(b"Mairie")).endswith(b"Mairie")
        writer.close()
        await asyncio.wait_for(gone.wait(), 2)


async def test_a_second_request_on_the_same_connection_goes_nowhere(serve: Any) -> None:
    served, other = await serve(OK), await serve(OK)
    rules = (f"ville.test=127.0.0.1:{served.port}", f"autre.test=127.0.0.1:{other.port}")
    async with running(*rules) as proxy:
        smuggled = f"GET http://autre.test/ HTTP/1.1\r\n{login(proxy)}\r\n\r\n".encode()
        await ask(proxy, "POST http://ville.test/ HTTP/1.1", "Content-Length: 2", body=b"ab" + smuggled)
        await ask(proxy, "GET http://ville.test/ HTTP/1.1", body=smuggled)
    assert (served.connections, other.connections) == (2, 0)


async def test_the_body_of_a_form_is_passed_on_whole(serve: Any) -> None:
    seen: list[bytes] = []

    async def read_form(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        seen.append(await reader.readexactly(300_000))
        writer.write(OK)
        await writer.drain()

    served = await serve(read_form)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        body = b"x" * 300_000
        await ask(proxy, "POST http://ville.test/ HTTP/1.1", f"Content-Length: {len(body)}", body=body)
    assert seen == [body]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("GET http://127.0.0.1/ HTTP/1.1", (403, "forbidden_address")),
        ("GET http://[::1]/ HTTP/1.1", (403, "forbidden_address")),
        ("GET http://localhost/ HTTP/1.1", (403, "forbidden_address")),
        ("GET http://169.254.169.254/latest/meta-data/ HTTP/1.1", (403, "forbidden_address")),
        ("GET http://dedans.fr/ HTTP/1.1", (403, "forbidden_address")),
        ("GET http://mort.fr/ HTTP/1.1", (502, "dns_failure")),
        ("GET http://ville.fr:22/ HTTP/1.1", (403, "forbidden_address")),
        ("CONNECT 10.0.0.1:443 HTTP/1.1", (403, "forbidden_address")),
        ("CONNECT dedans.fr:443 HTTP/1.1", (403, "forbidden_address")),
        ("CONNECT ville.fr:25 HTTP/1.1", (403, "forbidden_address")),
        ("CONNECT mort.fr:443 HTTP/1.1", (502, "dns_failure")),
        ("CONNECT ferme.test:443 HTTP/1.1", (502, "unreachable")),
        ("GET /etc/passwd HTTP/1.1", (400, "malformed_request")),
    ],
)
async def test_what_is_not_public_is_refused_and_counted(
    start_dns: Any, unused_port: int, line: str, answer: tuple[int, str]
) -> None:
    stub = await start_dns({("dedans.fr", "A"): [("93.184.216.34", "192.168.1.1")]})
    measured = Measured(FETCHER)
    async with running(f"ferme.test=127.0.0.1:{unused_port}", dns=stub.server) as proxy:
        assert reason(await ask(proxy, line)) == answer
        assert proxy.refused == {answer[1]: 1}
    refused = measured.changes("audit_egress_refusals_total")
    assert sum(refused.values()) == (answer[1] == "forbidden_address")
    assert set(refused) <= {("address",), ("port",)}


async def test_nobody_uses_it_without_the_login(serve: Any) -> None:
    served = await serve(OK)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        answer = await ask(proxy, "GET http://ville.test/ HTTP/1.1", log_in=False)
        assert reason(answer) == (407, "login")
        assert not proxy.refused
    assert served.connections == 0


async def test_a_tunnel_carries_tls_both_ways(serve: Any) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()

    served = await serve(echo)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        reader, writer = await tunnel(proxy, "ville.test:443")
        for message in (HELLO, b"x" * 100_000):
            writer.write(message)
            assert await asyncio.wait_for(reader.readexactly(len(message)), 2) == message
        assert Measured(FETCHER).value("audit_egress_connections") == 1
        writer.close()


async def test_a_tunnel_carries_nothing_but_tls(serve: Any) -> None:
    received: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        received.append(await reader.read())

    served = await serve(listen)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        for speech in (b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", b"EHLO x\r\n"):
            reader, writer = await tunnel(proxy, "ville.test:80")
            writer.write(speech)
            assert await asyncio.wait_for(reader.read(), 2) == b""
            writer.close()
        assert proxy.refused == {"websocket": 1, "not_tls": 1}
    assert received == [b"", b""]


async def test_a_websocket_over_plain_http_is_refused(serve: Any) -> None:
    served, measured = await serve(OK), Measured(FETCHER)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        answer = await ask(
            proxy,
            "GET http://ville.test/ws HTTP/1.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: x",
        )
    assert reason(answer) == (403, "websocket")
    assert served.connections == 0
    assert measured.changes("audit_egress_refusals_total") == {("scheme",): 1}


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (b"<html>0.9</html>", b"<html>0.9</html>"),
        (b"HTTP/1.1 abc\r\n\r\nx", b"HTTP/1.1 abc\r\n\r\nx"),
        (b"", b""),
        (
            b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nMairie",
        ),
    ],
)
async def test_malformed_answers_pass_for_the_browser_to_judge(serve: Any, reply: bytes, answer: bytes) -> None:
    served = await serve(reply)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        assert await ask(proxy, "GET http://ville.test/ HTTP/1.1") == answer


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Flood: " + b"a" * 200_000,
    ],
)
async def test_answers_that_would_fool_the_browser_do_not_pass(serve: Any, reply: bytes) -> None:
    served = await serve(reply)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        assert reason(await ask(proxy, "GET http://ville.test/ HTTP/1.1")) == (502, "protocol_error")


async def test_silence_ends_in_time(serve: Any) -> None:
    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    served = await serve(mute)
    async with running(f"ville.test=127.0.0.1:{served.port}", idle_seconds=0.2, head_seconds=0.2) as proxy:
        assert reason(await ask(proxy, "GET http://ville.test/ HTTP/1.1")) == (502, "timeout")
        reader, writer = await tunnel(proxy, "ville.test:443")
        writer.write(HELLO)
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()
        reader, writer = await connected(proxy)
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 1000)
        await writer.drain()
        await asyncio.sleep(0)


async def ended(reader: asyncio.StreamReader) -> None:
    """Read until the connection ends, in whichever way; raises TimeoutError when it does not."""
    async with asyncio.timeout(3):
        with suppress(ConnectionError):
            while await reader.read(65_536):
                pass


async def test_an_endless_answer_ends_by_its_bytes_or_its_time(serve: Any) -> None:
    served = await serve(endless)
    rule = f"ville.test=127.0.0.1:{served.port}"
    async with running(rule, total_bytes=200_000) as proxy:
        assert 100_000 < len(await ask(proxy, "GET http://ville.test/ HTTP/1.1")) < 300_000
    async with running(rule, total_seconds=0.3) as proxy:
        reader, writer = await connected(proxy)
        writer.write(f"GET http://ville.test/ HTTP/1.1\r\n{login(proxy)}\r\n\r\n".encode())
        await ended(reader)
        writer.close()


async def test_connections_are_bounded(serve: Any) -> None:
    served = await serve(OK)
    async with running(f"ville.test=127.0.0.1:{served.port}", connections=1) as proxy:
        _, writer = await connected(proxy)
        await asyncio.sleep(0.05)
        assert reason(await ask(proxy, "GET http://ville.test/ HTTP/1.1")) == (503, "busy")
        writer.close()
        await asyncio.sleep(0.05)
        assert (await ask(proxy, "GET http://ville.test/ HTTP/1.1")).endswith(b"Mairie")


async def test_closing_the_proxy_ends_what_is_open(serve: Any) -> None:
    served = await serve(endless)
    async with running(f"ville.test=127.0.0.1:{served.port}") as proxy:
        reader, writer = await connected(proxy)
        writer.write(f"GET http://ville.test/ HTTP/1.1\r\n{login(proxy)}\r\n\r\n".encode())
        await reader.readexactly(1000)
    await ended(reader)
    writer.close()
