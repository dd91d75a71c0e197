"""Runs one arm in a process of its own and measures it from outside."""

import json
import selectors
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import IO

from benchmarks.fetch.arms import Order
from benchmarks.fetch.meter import Meter
from benchmarks.fetch.sites import SITES

_SAMPLE_SECONDS = 0.5
_PATIENCE = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One arm once, on all sites.

    ``cpu`` in processor seconds a site, ``rate`` in sites a minute, ``peak_mb`` the process tree's memory
    at its highest, ``seconds`` the median time of a site, ``stages`` processor seconds a site by stage.
    """

    cpu: float
    rate: float
    peak_mb: float
    seconds: float
    method: str
    stages: dict[str, float]


def run_arm(order: Order) -> Run:
    """Warm an arm up, let it visit every site, and return what that took; start and end do not count."""
    process = subprocess.Popen(order.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin is not None
    assert process.stdout is not None
    meter = Meter(process.pid)
    try:
        _tell(process.stdin, meter.reading)
        assert process.stdout.readline() == "ready\n", f"{order.arm} did not get ready"
        before, began = meter.cpu_seconds(), time.monotonic()
        _tell(process.stdin, "go")
        peak = _watch(process.stdout, meter)
        cpu, wall = meter.cpu_seconds() - before, time.monotonic() - began
        answer = json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(60)
    finally:
        process.kill()
        process.wait()
        meter.close()
    return Run(
        cpu=cpu / len(SITES),
        rate=60 * len(SITES) / wall,
        peak_mb=peak,
        seconds=statistics.median(answer["seconds"]),
        method=meter.method,
        stages=answer["stages"],
    )


def _tell(channel: IO[str], line: str) -> None:
    channel.write(line + "\n")
    channel.flush()


def _watch(channel: IO[str], meter: Meter) -> float:
    """Wait until the arm has something to say; return the most memory it had meanwhile."""
    peak, end = 0.0, time.monotonic() + _PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while not selector.select(_SAMPLE_SECONDS):
            assert time.monotonic() < end, "an arm does not come to its end"
            peak = max(peak, meter.memory_mb())
    return peak
