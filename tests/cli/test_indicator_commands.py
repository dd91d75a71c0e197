"""`commune-audit indicators`: the registry as people and programs read it."""

import json

from typer.testing import CliRunner

from services.analyzer.indicators import INDICATORS
from services.cli.commands import build_app

app = build_app()


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["indicators", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_all_indicators_are_listed_in_the_order_of_the_study() -> None:
    shown = run("list")
    assert all(indicator.id in shown for indicator in INDICATORS)
    assert f"{len(INDICATORS)} indicators, rule set r" in shown


def test_one_family_can_be_listed() -> None:
    rows = json.loads(run("list", "--family", "9", "--format", "json"))
    assert {row["family"] for row in rows} == {9}
    assert rows[0]["id"] == "digital_support"


def test_an_indicator_says_what_it_means_and_of_whom() -> None:
    shown = run("show", "a11y_mention")
    assert "totale, partielle, non, absent" in shown
    assert "celles qui ont un site fonctionnel" in shown
    assert json.loads(run("show", "a11y_mention", "--json"))["id"] == "a11y_mention"
    assert "unit         démarches" in run("show", "teleservice_count")


def test_what_does_not_exist_is_named_with_the_way_to_find_it() -> None:
    done = CliRunner().invoke(app, ["indicators", "show", "nothing"])
    assert "`commune-audit indicators list` has them all" in str(done.exception)
    done = CliRunner().invoke(app, ["indicators", "list", "--family", "12"])
    assert "--family 12: no indicator there; families are 1, 2, 3" in str(done.exception)
