"""Pages a second of the synthetic country on one core: the server in this process, the client in another."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence

import aiohttp

from benchmarks.output import parser, tell
from services.scheduler.frame.national import load_national_frame
from services.simulator.country import build_country
from services.simulator.features import Https, Pace, Status
from services.simulator.selection import choose_authorities
from services.simulator.server import serve

CONNECTIONS = 16


async def load(port: int, hosts: Sequence[str], seconds: float) -> int:
    """Return how many home pages were read in a time, each host in turn."""
    count, end = 0, time.monotonic() + seconds

    async def visit(session: aiohttp.ClientSession, first: int) -> None:
        nonlocal count
        turn = first
        while time.monotonic() < end:
            headers = {"Host": hosts[turn % len(hosts)]}
            async with session.get(f"http://127.0.0.1:{port}/", headers=headers) as answer:
                assert answer.status == 200, (headers, answer.status)
                await answer.read()
            count, turn = count + 1, turn + CONNECTIONS

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        await asyncio.gather(*(visit(session, first) for first in range(CONNECTIONS)))
    return count


def client(port: int, hosts: Sequence[str], seconds: float, results: "multiprocessing.Queue[int]") -> None:
    results.put(asyncio.run(load(port, hosts, seconds)))


async def measure(size: int, seconds: float) -> dict[str, object]:
    country = build_country(choose_authorities(load_national_frame().authorities.values(), size, 7), 7)
    hosts = [
        site.address.host
        for site in country.sites.values()
        if site.address
        and not site.address.base
        and site.features.status is Status.FUNCTIONAL
        and site.features.https is not Https.ENFORCED
        and site.features.pace is Pace.NORMAL
    ]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    async with serve(country) as served:
        results: multiprocessing.Queue[int] = multiprocessing.get_context("spawn").Queue()
        process = multiprocessing.get_context("spawn").Process(
            target=client, args=(served.port, hosts, seconds, results)
        )
        process.start()
        pages = await asyncio.to_thread(results.get)
        process.join()
    return {"sites": len(hosts), "seconds": seconds, "pages": pages, "pages_per_second_of_one_core": pages / seconds}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--size", type=int, default=400, help="authorities of the country")
    options.add_argument("--seconds", type=float, default=5.0, help="length of the measure")
    given = options.parse_args()
    tell("simulator", asyncio.run(measure(given.size, given.seconds)), as_json=given.json)


if __name__ == "__main__":
    main()
