"""Requests to one host keep their distance; hosts do not wait for each other."""

import asyncio

from services.fetcher.adapters.pacer import HostPacer
from services.fetcher.domain.politeness import Answer
from services.fetcher.metrics import FETCHER
from tests.measured import Measured

_LATE = 1.0
"""Seconds by which a loaded machine may wake us late; turns must never come early."""


async def turns(pacer: HostPacer, *hosts: str) -> list[float]:
    """Return when each turn came, in seconds from now, all asked for at once."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def turn(host: str) -> float:
        await pacer.turn(host)
        pacer.ended(host)
        return loop.time() - start

    return await asyncio.gather(*(turn(host) for host in hosts))


def came(actual: list[float], *expected: float) -> bool:
    return all(due - 0.01 <= at < due + _LATE for at, due in zip(actual, expected, strict=True))


async def test_requests_to_one_host_are_spaced() -> None:
    assert came(await turns(HostPacer(0.1, 10), "a", "a", "a"), 0.0, 0.1, 0.2)


async def test_hosts_do_not_wait_for_each_other() -> None:
    assert came(await turns(HostPacer(5, 10), "a", "b", "c"), 0.0, 0.0, 0.0)


async def test_without_an_interval_nobody_waits() -> None:
    assert came(await turns(HostPacer(0, 10), "a", "a", "a"), 0.0, 0.0, 0.0)


async def test_a_crawl_delay_slows_down_from_the_next_request() -> None:
    pacer = HostPacer(0.0, 10)
    await pacer.turn("a")
    pacer.ended("a")
    pacer.slow_down("a", 0.2)
    # The slot was taken a moment ago, so the first wait is a moment shorter.
    first, second = await turns(pacer, "a", "a")
    assert came([first + 0.05, second + 0.05], 0.2, 0.4)


async def test_a_crawl_delay_is_bounded_and_never_speeds_up() -> None:
    pacer, measured = HostPacer(0.1, 0.2), Measured(FETCHER)
    pacer.slow_down("a", 3600)
    pacer.slow_down("a", 0.01)
    pacer.slow_down("b", 0.01)
    assert came(await turns(pacer, "a", "a", "b", "b"), 0.2, 0.4, 0.1, 0.2)
    waited = measured.changes("audit_politeness_wait_seconds_total")
    assert waited["crawl_delay",] >= 0.59
    assert 0.29 <= waited["interval",] < waited["crawl_delay",]
    assert ("back_off",) not in waited


async def test_a_refused_host_is_asked_less_often_and_others_are_not_concerned() -> None:
    pacer, measured = HostPacer(0.1, 0.3), Measured(FETCHER)
    await pacer.turn("a")
    pacer.ended("a")
    pacer.answered("a", Answer(refuses=True))
    assert came(await turns(pacer, "a", "a", "b", "b"), 0.25, 0.55, 0.0, 0.1)
    assert measured.change("audit_politeness_wait_seconds_total", why="back_off") >= 0.79


async def test_a_retry_after_is_waited_for_up_to_its_bound() -> None:
    pacer = HostPacer(0.0, 0.0, max_pause=0.3)
    await pacer.turn("a")
    pacer.ended("a")
    pacer.answered("a", Answer(refuses=True, wait=3600))
    assert came(await turns(pacer, "a"), 0.3)


async def test_a_crawl_delay_stays_the_least_distance_when_the_server_is_fast() -> None:
    pacer = HostPacer(0.0, 10)
    pacer.slow_down("a", 0.2)
    pacer.answered("a", Answer(seconds=0.001))
    assert came(await turns(pacer, "a", "a"), 0.2, 0.4)


async def test_the_distance_is_counted_from_the_answer() -> None:
    loop, pacer = asyncio.get_running_loop(), HostPacer(0.2, 10)
    await pacer.turn("a")
    waiting = asyncio.create_task(pacer.turn("a"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    answered = loop.time()
    pacer.ended("a")
    await waiting
    assert loop.time() - answered >= 0.2 - 0.01


async def test_a_server_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    pacer = HostPacer(0.1, 10, patience=0.3)
    await pacer.turn("a")
    async with asyncio.timeout(5):
        await pacer.turn("a")
