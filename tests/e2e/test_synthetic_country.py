"""A synthetic country through the whole product: verdicts and statistics against the known truth."""

import csv
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from tests.e2e.conftest import TIMED, Command
from tests.e2e.scrapes import MOST_SERIES, Scrape, watched
from tests.servers.ports import free_port

SIZE = 60


@pytest.fixture(scope="module")
def audited(commune_audit: Command, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and output of a run that shows every kind of site."""
    out = tmp_path_factory.mktemp("country") / "out"
    port, options = free_port(), ("--synthetic", str(SIZE), "--showcase", "--seed", "7", "--out", out)
    with watched(port, out.parent / "metrics.txt"):
        result = commune_audit("run", *options, "--metrics-port", str(port))
    assert result.returncode == 0, result.stdout + result.stderr
    return out, result.stdout


def truth(out: Path) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    document: dict[str, dict[str, dict[str, dict[str, str]]]] = json.loads(
        (out / "synthetic" / "truth.json").read_text(encoding="utf-8")
    )
    return document


def test_every_authority_ends_measured_or_unmeasured_with_a_reason(audited: tuple[Path, str]) -> None:
    out, printed = audited
    with (out / "audits.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == SIZE
    assert all(row["state"] == "measured" or (row["state"] == "unmeasured" and row["reason"]) for row in rows)
    counts = Counter(row["state"] for row in rows)
    conservation = json.loads((out / "statistics.json").read_text(encoding="utf-8"))["meta"]["conservation"]
    assert conservation["planned"] == counts["measured"] + counts["unmeasured"]
    assert re.search(rf"{SIZE} planned = {counts['measured']} measured", printed)


def test_the_log_names_every_audit_once_a_step_and_says_nothing_personal_and_no_page(
    audited: tuple[Path, str],
) -> None:
    log = (audited[0] / "audit.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    handled = Counter((line["step"], line["audit"]) for line in lines if line["event"] == "message handled")
    assert len(handled) >= 4 * SIZE - 4
    assert set(handled.values()) == {1}
    assert not re.search(r"[\w.]+@[\w-]+\.\w|\b0[1-9](?:[ .]\d\d){4}\b|<!doctype|<html", log, re.IGNORECASE)


def test_every_known_verdict_equals_the_truth_or_is_undetermined_where_the_site_hides(
    audited: tuple[Path, str],
) -> None:
    out, _ = audited
    known = truth(out)
    differences = []
    for row in pl.read_parquet(out / "verdicts.parquet").iter_rows(named=True):
        site = known[row["code"]]
        expected = site["verdicts"].get(row["indicator"])
        if expected is None or (row["state"] == "undetermined" and site["hidden"]):
            continue
        value = expected.get("value")
        if row["state"] != expected["state"] or (value is not None and row["value_text"] != value):
            differences.append((row["code"], row["indicator"], expected, row["state"], row["value_text"]))
    assert differences == []


def test_the_run_could_be_watched(audited: tuple[Path, str]) -> None:
    out, printed = audited
    seen = Scrape((out.parent / "metrics.txt").read_text(encoding="utf-8"))
    assert "/metrics" in printed
    assert len(seen.series) < MOST_SERIES
    assert seen.value("audit_planned_audits") == SIZE
    assert seen.value("audit_conservation_residue") == 0
    assert seen.total("audit_sites_total") > 0
    assert seen.total("audit_verdicts_total") > 0


def test_every_kind_of_site_is_in_the_country(audited: tuple[Path, str]) -> None:
    out, _ = audited
    statuses = {site["verdicts"]["site_status"]["value"] for site in truth(out).values()}
    assert len(statuses) == 17


def test_statistics_equal_those_computed_from_the_truth(audited: tuple[Path, str]) -> None:
    out, _ = audited
    known = truth(out)
    verdicts = pl.read_parquet(out / "verdicts.parquet")
    rows = json.loads((out / "statistics.json").read_text(encoding="utf-8"))["rows"]
    for indicator in ("has_functional_site", "mobile_full", "hosting_legal_info", "https_enforced"):
        seen = {
            (row["code"], row["kind"]): row["state"]
            for row in verdicts.filter(pl.col("indicator") == indicator).iter_rows(named=True)
        }
        expected = Counter(
            "undetermined" if state == "undetermined" else known[code]["verdicts"][indicator]["state"]
            for (code, kind), state in seen.items()
            if kind == "commune"
        )
        row = next(r for r in rows if r["indicator"] == indicator and r["scope"] == "communes")
        measured = expected["yes"] + expected["partial"] + expected["no"]
        assert (row["yes"], row["partial"], row["no"]) == (expected["yes"], expected["partial"], expected["no"])
        assert row["measured"] == measured
        assert row["undetermined"] == expected["undetermined"]
        assert row["share"] == pytest.approx(expected["yes"] / measured)


def test_all_files_are_there_and_the_report_says_the_sites_are_synthetic(audited: tuple[Path, str]) -> None:
    out, printed = audited
    names = ("statistics.json", "statistics.csv", "statistics.parquet", "verdicts.parquet", "audits.csv")
    assert all((out / name).stat().st_size > 0 for name in names)
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "synthétique" in report
    assert "Licence Ouverte" in report
    assert not re.search(r'(?:src|href)="https?://', report.split("</style>")[0])
    assert "synthetic" in printed


def test_show_and_explain_give_the_proof_of_a_verdict(audited: tuple[Path, str], commune_audit: Command) -> None:
    out, _ = audited
    code = next(code for code, site in truth(out).items() if site["verdicts"]["mobile_full"]["state"] in ("yes", "no"))
    shown = commune_audit("show", code, "--json", "--out", out)
    assert json.loads(shown.stdout)["authority"]["code"] == code
    explained = json.loads(commune_audit("explain", code, "mobile_full", "--json", "--out", out).stdout)
    assert explained["evidence"]
    located = [evidence["location"] for evidence in explained["evidence"] if evidence["location"]]
    assert located
    assert all(Path(location).is_file() for location in located)


def test_judging_the_captures_again_changes_nothing(audited: tuple[Path, str], commune_audit: Command) -> None:
    out, _ = audited
    before = (out / "statistics.csv").read_bytes()
    result = commune_audit("reanalyse", "--out", out)
    assert result.returncode == 0, result.stderr
    assert (out / "statistics.csv").read_bytes() == before


def test_a_reaudit_is_a_new_audit_that_gives_the_same_verdicts(
    audited: tuple[Path, str], commune_audit: Command
) -> None:
    out, _ = audited
    code = next(code for code, site in truth(out).items() if site["verdicts"]["mobile_full"]["state"] == "yes")
    before = json.loads(commune_audit("show", code, "--json", "--out", out).stdout)
    result = commune_audit("reaudit", code, "--out", out)
    assert result.returncode == 0, result.stdout + result.stderr
    after = json.loads(commune_audit("show", code, "--json", "--out", out).stdout)
    assert (before["sequence"], after["sequence"]) == (1, 2)
    assert after["captured_at"] > before["captured_at"]
    first, second = (
        [(v["indicator"], v["state"]) for v in judged["verdicts"] if v["indicator"] not in TIMED]
        for judged in (before, after)
    )
    assert second == first
    with (out / "audits.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == SIZE


def test_nothing_is_left_running(audited: tuple[Path, str]) -> None:
    out, _ = audited
    processes = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(out) not in processes
