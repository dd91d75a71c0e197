"""A service starts without the rest of the program."""

import subprocess
import sys

import pytest

FOREIGN = {
    "scheduler": {"playwright", "selectolax", "polars", "aiohttp", "typer", "boto3"},
    "fetcher": {"sqlalchemy", "psycopg", "polars", "aiohttp", "typer"},
    "analyzer": {"playwright", "sqlalchemy", "psycopg", "polars", "aiohttp", "typer"},
    "aggregator": {"playwright", "selectolax", "aiohttp", "typer"},
}
"""What a service has no use for: its image does not hold it."""
START = """
import sys
from services.cli.__main__ import main
sys.argv = ["commune-audit", sys.argv[1]]
try:
    main()
finally:
    print(*sys.modules)
"""


@pytest.mark.parametrize("service", FOREIGN)
def test_a_service_imports_nothing_that_only_others_need(service: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, service], capture_output=True, text=True, timeout=60, check=False, env={}
    )
    assert done.returncode == 2, done.stderr
    assert "is not set" in done.stderr
    assert FOREIGN[service].isdisjoint(done.stdout.split())


def test_a_service_still_explains_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "fetcher", "--help"], capture_output=True, text=True, check=True
    )
    assert "SIGTERM drains" in done.stdout
