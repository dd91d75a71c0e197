"""Whole-product tests: the command line as a user starts it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


TIMED = ("lcp_ms",)
"""Indicators whose value is a time, another one at each visit."""


def untimed_statistics(out: Path) -> list[str]:
    """Return the lines of the published statistics but those of times: what two audits must agree on."""
    lines = (out / "statistics.csv").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not any(f",{indicator}," in line for indicator in TIMED)]


def untimed_verdicts(out: Path) -> list[tuple[object, ...]]:
    """Return the published verdicts but those of times."""
    columns = ["code", "indicator", "state", "value_text", "reasons"]
    table = pl.read_parquet(out / "verdicts.parquet").select(columns)
    return sorted(table.filter(~pl.col("indicator").is_in(TIMED)).rows(), key=repr)


def environment() -> dict[str, str]:
    """Return the environment of a user who has set nothing."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AUDIT_")}


@pytest.fixture(scope="session")
def commune_audit() -> Command:
    """Run the command line to its end."""

    def run(*arguments: str | Path, timeout: float = 600) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=environment(),
        )

    return run
