"""The benchmark's own arithmetic: what it counts, and what it prints."""

import subprocess
import sys

import pytest

from benchmarks.fetch.__main__ import RATIOS, summary
from benchmarks.fetch.meter import Meter, cpu_seconds_of
from benchmarks.fetch.running import Run

BURN = "import time\nwhile time.process_time() < 0.3: pass"
PARENT = f"""
import subprocess, sys
sys.stdin.readline()
subprocess.run([sys.executable, "-c", {BURN!r}])
print("done", flush=True)
sys.stdin.readline()
"""


def run(cpu: float) -> Run:
    return Run(cpu=cpu, rate=30, peak_mb=500, seconds=4, method="cgroup", stages={})


def test_ratios_are_taken_within_a_repetition() -> None:
    slow = {"raw": run(2), "stock": run(6), "without_subpages": run(3), "with_subpages": run(4)}
    fast = {"raw": run(1), "stock": run(3), "without_subpages": run(1.5), "with_subpages": run(2)}
    result = summary([slow, fast], {"certificates": 0.1})
    assert [result[name] for name in RATIOS] == [1.5, 2.0, 0.5]
    assert result["stages_cpu_seconds_a_site"] == {"certificates": 0.1}


def test_arms_that_were_left_out_give_no_ratio() -> None:
    assert "ratio_to_stock" not in summary([{"raw": run(1), "without_subpages": run(1.5)}], {})


@pytest.mark.parametrize("grouped", [True, False])
def test_a_child_that_has_ended_counts(grouped: bool) -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    meter = Meter(process.pid)
    try:
        reading = meter.reading if grouped else str(process.pid)
        before = cpu_seconds_of(reading)
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        assert cpu_seconds_of(reading) - before >= 0.25
    finally:
        process.kill()
        process.communicate()
        meter.close()
