"""The headless shell, which costs less, sees what the full browser sees: the same verdicts on the same country."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.e2e.conftest import TIMED, environment

SIZE = 12


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Return the verdicts of one country by the browser that showed it, both runs side by side."""
    folder = tmp_path_factory.mktemp("browsers")
    runs = {}
    for browser in ("shell", "full"):
        command = [sys.executable, "-m", "services.cli", "run", "--synthetic", str(SIZE), "--seed", "7"]
        runs[browser] = subprocess.Popen(
            [*command, "--out", str(folder / browser)],
            env=environment() | {"AUDIT_BROWSER": browser},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    for run in runs.values():
        printed, _ = run.communicate(timeout=600)
        assert run.returncode == 0, printed
    return {browser: pl.read_parquet(Path(folder, browser, "verdicts.parquet")) for browser in runs}


def test_both_browsers_give_the_same_verdicts(countries: dict[str, pl.DataFrame]) -> None:
    def judged(browser: str) -> dict[tuple[str, str], tuple[str, str | None]]:
        rows = countries[browser].iter_rows(named=True)
        kept = (row for row in rows if row["indicator"] not in TIMED)
        return {(row["code"], row["indicator"]): (row["state"], row["value_text"]) for row in kept}

    shell, full = judged("shell"), judged("full")
    assert len(shell) > 10 * SIZE
    assert {key: (shell[key], full.get(key)) for key in shell if shell[key] != full.get(key)} == {}


def test_the_country_shows_sites_that_work_on_a_phone_and_sites_that_do_not(countries: dict[str, pl.DataFrame]) -> None:
    mobile = countries["full"].filter(pl.col("indicator") == "mobile_full")
    assert {"yes", "no"} <= set(mobile["state"])
