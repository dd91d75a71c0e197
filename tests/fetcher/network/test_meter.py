"""What one site costs is counted where it passes, and ends at its bound."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.contracts.failures import FailureKind
from services.contracts.reasons import Reason
from services.fetcher.adapters.egress import Egress
from services.fetcher.adapters.proxy import Proxy, open_proxy
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.fetcher.domain.meter import Meter, measure_with
from tests.fetcher.network.test_http import OK, client

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000


def meter(max_requests: int = 100, max_bytes: int = 1_000_000) -> Meter:
    return Meter(max_requests=max_requests, max_bytes=max_bytes)


async def test_requests_without_a_browser_are_counted_and_end_at_the_bound(serve: Any) -> None:
    served = await serve(OK)
    site = meter(max_requests=2)
    measure_with(site)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        probes = [(await get()).probe for _ in range(3)]
    assert [probe.kind for probe in probes] == [None, None, FailureKind.LIMIT_REACHED]
    assert probes[2].failure is Reason.LIMIT_REACHED
    assert (site.requests, len(served.requests)) == (2, 2)
    assert site.bytes_received == 2 * len(OK)
    assert site.cost().limit_reached


async def test_a_body_beyond_the_bound_is_kept_as_far_as_it_came(serve: Any) -> None:
    served = await serve(PAGE)
    site = meter(max_bytes=10_000)
    measure_with(site)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        first = await get(max_bytes=1_000_000)
        second = await get()
    assert site.cost().limit_reached
    assert len(first.body) < 200_000
    assert second.probe.failure is Reason.LIMIT_REACHED
    assert len(served.requests) == 1


async def test_a_site_without_a_meter_is_not_bounded(serve: Any) -> None:
    served = await serve(OK)
    measure_with(None)
    async with client(f"ville.test=127.0.0.1:{served.port}") as get:
        assert [(await get()).probe.kind for _ in range(3)] == [None] * 3


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[Proxy]:
    egress = Egress(resolver=Resolver(), rules=parse_connect_rules([f"*=127.0.0.1:{port}"]))
    async with open_proxy(egress) as running:
        yield running


async def through(running: Proxy, username: str) -> bytes:
    """Return what the proxy answers to a plain request under a login."""
    login = b64encode(f"{username}:{running.password}".encode()).decode()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.server_url.rpartition(":")[2]))
    writer.write(f"GET http://ville.test/ HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_each_login_of_the_proxy_counts_on_the_meter_of_its_site(serve: Any) -> None:
    served = await serve(OK)
    one, other = meter(max_requests=1), meter()
    async with proxy(served.port) as running:
        logins = [running.accounts.open(one), running.accounts.open(other)]
        assert running.accounts.open(one) == logins[0]
        answers = [await through(running, login) for login in (logins[0], logins[0], logins[1], running.username)]
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200", b"HTTP/1.1 502", b"HTTP/1.1 200", b"HTTP/1.1 200"]
    assert b"x-audit-egress: limit_reached" in answers[1]
    assert (one.requests, other.requests) == (1, 1)
    assert one.bytes_received == other.bytes_received > len(OK)
    assert (one.cost().limit_reached, other.cost().limit_reached) == (True, False)
    assert running.refused == {"limit_reached": 1}


async def test_the_login_of_a_site_that_is_over_opens_nothing(serve: Any) -> None:
    served = await serve(OK)
    async with proxy(served.port) as running:
        login = running.accounts.open(meter())
        answer = await through(running, login)
    assert answer.startswith(b"HTTP/1.1 407")
    assert served.requests == []


async def test_an_answer_that_passes_the_bound_is_cut(serve: Any) -> None:
    served = await serve(PAGE)
    site = meter(max_bytes=5_000)
    async with proxy(served.port) as running:
        first = await through(running, running.accounts.open(site))
        second = await through(running, running.accounts.open(site))
    assert len(first) < 200_000, "one chunk more than the bound, at most"
    assert b"limit_reached" in second
    assert len(served.requests) == 1
