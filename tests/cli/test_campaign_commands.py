"""Planning campaigns from the command line."""

import json
from pathlib import Path

from tests.cli.test_command_line import command


def test_a_dry_run_forecasts_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = command(
        "campaign", "create", "essai", "--frame", "--departement", "75", "--dry-run", "--json", "--out", out
    )
    assert result.returncode == 0, result.stderr
    expected = json.loads(result.stdout)
    assert expected["audits"] == 2
    assert expected["seconds"] > 0
    assert not out.exists()


def test_a_campaign_is_planned_listed_and_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--frame", "--departement", "33", "--sample", "10", "--out", out)
    planned = command("campaign", "create", "gironde", *options)
    assert planned.returncode == 0, planned.stderr
    assert "10 audits" in planned.stdout
    listed = json.loads(command("campaign", "list", "--json", "--out", out).stdout)
    assert [campaign["name"] for campaign in listed] == ["gironde"]
    status = json.loads(command("campaign", "status", "--json", "--out", out).stdout)
    assert (status["planned"], status["waiting"], status["residue"]) == (10, 10, 0)
    assert "10 planned = 0 measured" in command("campaign", "status", "gironde", "--out", out).stdout
    again = command("campaign", "create", "gironde", *options)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_a_campaign_is_started_paused_drained_and_closed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command("campaign", "create", "lot", "--frame", "--departement", "46", "--sample", "5", "--out", out)
    assert command("campaign", "pause", "--out", out).returncode == 2
    for order, state in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("close", "closed")):
        result = command("campaign", order, "lot", "--out", out)
        assert result.returncode == 0, result.stderr
        assert f"'lot' is {state}" in result.stdout
    status = json.loads(command("campaign", "status", "--json", "--out", out).stdout)
    assert (status["state"], status["unmeasured"]) == ("closed", {"campaign_closed": 5})


def test_a_campaign_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    result = command("campaign", "status", "--out", tmp_path)
    assert result.returncode == 2
    assert "no audit there" in result.stderr
