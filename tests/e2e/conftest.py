"""Whole-product tests: the command line as a user starts it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


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
