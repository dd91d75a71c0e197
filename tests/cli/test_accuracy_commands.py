"""`commune-audit accuracy`: a sheet to fill in, and what the filled one says."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.commands import build_app
from services.contracts.verdicts import State, VerdictSet
from services.runtime.database import open_sqlite
from tests.aggregator.country import fill

app = build_app()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def recorded(out: Path) -> dict[str, VerdictSet]:
    out.mkdir()
    engine = open_sqlite(out / "audit.db")
    found = fill(engine, 300)
    engine.dispose()
    return found


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["accuracy", *map(str, words)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.exception
    return done.stdout


def refused(*words: object) -> str:
    done = CliRunner().invoke(app, ["accuracy", *map(str, words)])
    return str(done.exception)


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sheet_filled_with_what_the_rules_say_is_fully_right(recorded: dict[str, VerdictSet], out: Path) -> None:
    labels = out / "labels.csv"
    asked = ("--by", "mobile_full", "--by", "hsts", "--size", 60, "--out", out, "--file", labels)
    assert "60 authorities to label on 2 indicators" in run("sample", *asked)
    rows = sheet(labels)
    assert len(rows) == 120
    assert all(row["state"] == "" and row["question"] and row["site"].startswith("http") for row in rows if row["site"])
    for row in rows:
        row["state"] = next(v.state for v in recorded[row["code"]].verdicts if v.indicator == row["indicator"]).value
    with labels.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    shown = run("--labels", labels, "--out", out)
    assert "mobile_full" in shown
    assert "100.0%" in shown
    document = json.loads((out / "accuracy.json").read_text(encoding="utf-8"))
    assert {one["indicator"] for one in document["indicators"]} == {"mobile_full", "hsts"}
    assert all(one["agreement"]["share"] == 1.0 for one in document["indicators"])
    page = (out / "accuracy.html").read_text(encoding="utf-8")
    assert "Exactitude des verdicts" in page
    assert "100,0" in page
    printed = json.loads(run("--labels", labels, "--out", out, "--json"))
    assert printed == document["indicators"]


def test_a_wrong_label_shows_in_the_confusion(recorded: dict[str, VerdictSet], out: Path) -> None:
    code, verdicts = next(
        (code, found)
        for code, found in recorded.items()
        if any(v.indicator == "hsts" and v.state is State.YES for v in found.verdicts)
    )
    assert verdicts.campaign == "demo"
    labels = out / "labels.csv"
    labels.write_text(f"code,indicator,state\n{code},hsts,no\n", encoding="utf-8")
    (found,) = json.loads(run("--labels", labels, "--out", out, "--json"))
    assert found["confusion"] == {"yes": {"no": 1}}
    assert found["precision"]["share"] == 0.0


def test_labels_are_never_overwritten(recorded: dict[str, VerdictSet], out: Path) -> None:
    assert recorded
    labels = out / "labels.csv"
    labels.write_text("code,indicator,state\n", encoding="utf-8")
    assert "labels are never overwritten" in refused("sample", "--out", out, "--file", labels)


def test_bad_input_names_the_fix(recorded: dict[str, VerdictSet], out: Path) -> None:
    assert recorded
    assert "--labels FILE.csv is needed" in refused("--out", out)
    assert "cannot be read as UTF-8" in refused("--labels", out / "none.csv", "--out", out)
    assert "no such indicator" in refused("sample", "--by", "nothing", "--out", out)
    assert "cannot be written" in refused(
        "sample", "--by", "hsts", "--size", 9, "--out", out, "--file", out / "no" / "labels.csv"
    )
