"""The browser's memory, processes and age, looked at when the metrics are."""

import time

from services.fetcher.adapters.browser_pool import BrowserPool
from services.fetcher.adapters.process_tree import descendants, pss_megabytes
from services.fetcher.metrics import BROWSER_AGE, BROWSER_MEMORY, BROWSER_PROCESSES
from services.runtime.clock import Clock


def show_browsers(pool: BrowserPool, clock: Clock) -> None:
    """Let the gauges show the browsers of a pool from now on: a scrape then reads a few files of each process."""

    def roots() -> list[int]:
        return [process.pid for process in pool.running() if process.pid is not None]

    def memory() -> float:
        return sum(pss_megabytes(pid) for pid in roots()) * 2**20

    def processes() -> float:
        return sum(len(descendants(pid)) for pid in roots())

    def started() -> float:
        process = pool.in_use()
        if process is None:
            return 0.0
        return round(clock.now().timestamp() - (time.monotonic() - process.started_at))

    BROWSER_MEMORY.follow(memory)
    BROWSER_PROCESSES.follow(processes)
    BROWSER_AGE.follow(started)
