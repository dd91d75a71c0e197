"""CPU-seconds of an embedded run that measures itself and logs, against one that does neither.

The same synthetic sites are audited both ways, turn by turn, in an order that favours neither. Observed: metrics are
served and scraped as Prometheus does, logs are written as usual. Everything that a run uses is counted, browsers
included; the sites themselves and the scraping are not. Needs control groups, hence root.
"""

import math
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from benchmarks.accounts import accounts
from benchmarks.output import parser, tell
from services.cli.synthetic import Connection, synthetic_country
from services.runtime.clock import SystemClock
from tests.e2e.conftest import environment
from tests.e2e.distributed import CAMPAIGN, SEED, fetching
from tests.servers.ports import free_port

TARGET_PERCENT = 2.0
CONCURRENCY = 4
SCRAPE_SECONDS = 15.0


@contextmanager
def scraped(port: int) -> Iterator[list[int]]:
    """Scrape a port while the block runs, as often as Prometheus does; gives the size of each answer."""
    over, sizes = threading.Event(), list[int]()

    def scrape() -> None:
        while not over.wait(SCRAPE_SECONDS):
            with suppress(httpx.TransportError):
                sizes.append(len(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).content))

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield sizes
    finally:
        over.set()
        thread.join()


def audit(country: Connection, out: Path, *, observed: bool) -> float:
    """Audit the country once; return the CPU-seconds of the run."""
    port = free_port()
    module = "services.cli" if observed else "benchmarks.unobserved"
    words = ["run", "--targets", country.targets, "--seed", SEED, "--campaign", CAMPAIGN, "--out", out]
    words += ["--concurrency", CONCURRENCY, *(("--metrics-port", port) if observed else ())]
    command = [sys.executable, "-m", module, *map(str, words)]
    with accounts("run") as counted, scraped(port):
        with counted["run"].joined():
            done = subprocess.Popen(  # noqa: S603  # our own command
                command, env=environment() | fetching(country), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        said, _ = done.communicate()
        assert done.returncode == 0, said.decode(errors="replace")
        return counted["run"].seconds()


def measure(size: int, repetitions: int) -> dict[str, Any]:
    """Audit the country both ways, ``repetitions`` times each."""
    turns: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory(prefix="audit-observed-") as name:
        folder = Path(name)
        with synthetic_country(
            folder / "country", size=size, seed=SEED, showcase=False, clock=SystemClock()
        ) as country:
            for turn in range(repetitions):
                # What grows slower or faster with time meets both alike.
                for observed in (True, False) if turn % 2 == 0 else (False, True):
                    turns[observed].append(audit(country, folder / f"{turn}-{observed}", observed=observed))
    return figures(size, turns[True], turns[False])


def figures(size: int, observed: list[float], alone: list[float]) -> dict[str, Any]:
    """Return the overhead in percent, over all turns, and how sure that is (one standard error, from two turns on)."""
    ratios = [100 * (with_it / without - 1) for with_it, without in zip(observed, alone, strict=True)]
    sure = statistics.stdev(ratios) / math.sqrt(len(ratios)) if len(ratios) > 1 else math.nan
    overhead = 100 * (sum(observed) / sum(alone) - 1)
    return {
        "sites": size,
        "repetitions": len(ratios),
        "observed_cpu_seconds": statistics.median(observed),
        "unobserved_cpu_seconds": statistics.median(alone),
        "overhead_percent": overhead,
        "standard_error_percent": sure,
        "target_percent": TARGET_PERCENT,
        "within_target": overhead <= TARGET_PERCENT,
    }


def main() -> int:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--size", type=int, default=40, help="authorities of the synthetic country")
    options.add_argument("--repetitions", type=int, default=4, help="turns; each audits the country twice")
    given = options.parse_args()
    found = measure(given.size, given.repetitions)
    tell("metrics overhead", found, as_json=given.json)
    return 0 if found["within_target"] else 1


if __name__ == "__main__":
    sys.exit(main())
