"""The alert rules: each fires when it should, stays silent when it should, and says what to do."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from services.aggregator.metrics import AGGREGATOR
from services.analyzer.metrics import ANALYZER
from services.cli.canary_metrics import CANARY
from services.cli.commands import build_app
from services.fetcher.metrics import FETCHER
from services.runtime.message_metrics import PROCESS
from services.scheduler.metrics import SCHEDULER
from tests.docs.pages import ROOT, shell_lines

app = build_app()

FOLDER = ROOT / "deploy" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
CASES = sorted((FOLDER / "tests").glob("*.yml"))
RUNBOOK = "docs/runbook.md"
DECLARED = {row.name for t in (PROCESS, SCHEDULER, FETCHER, ANALYZER, AGGREGATOR, CANARY) for row in t.declarations}


def rules(path: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for path in RULES for rule in rules(path) if "alert" in rule}


def headings() -> list[str]:
    return re.findall(r"^## (.+)$", (ROOT / RUNBOOK).read_text(encoding="utf-8"), re.MULTILINE)


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_configuration() -> None:
    promtool("check", "config", FOLDER / "prometheus.yml")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_alerts_of_a_file_fire_and_stay_silent_as_they_should(path: Path) -> None:
    promtool("test", "rules", path)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent(alert: str) -> None:
    expected = {
        test["name"]: [sample["value"] for case in test["promql_expr_test"] for sample in case["exp_samples"]]
        for path in CASES
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    }
    assert expected[f"{alert} fires"] == [1]
    assert expected[f"{alert} is silent"] == [0]


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_how_bad_it_is_in_one_line_and_where_to_read_on(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert "{{" in rule["annotations"]["summary"]
    assert "\n" not in rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"{RUNBOOK}#{alert.lower()}"


def test_the_runbook_has_one_heading_an_alert_and_none_more() -> None:
    assert sorted(headings()) == sorted(ALERTS)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_metric_of_ours_in_a_rule_is_one_that_is_measured(path: Path) -> None:
    named = {name for rule in rules(path) for name in re.findall(r"\baudit_[a-z0-9_]+", rule["expr"])}
    named = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
    assert named <= DECLARED | {"audit_request_start_seconds"}


def test_the_first_three_things_to_do_are_commands() -> None:
    sections = re.split(r"^## .+$", (ROOT / RUNBOOK).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for section in sections:
        (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        assert len(block.splitlines()) == 3, block


OURS = sorted({line for line in shell_lines(RUNBOOK) if line.startswith("commune-audit ")})


@pytest.mark.parametrize("line", OURS)
def test_a_command_of_the_runbook_exists_with_its_options(line: str) -> None:
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in getattr(parameter, "opts", [])}
    assert {word for word in words if word.startswith("--")} <= known
