"""Planning campaigns from the command line."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.commands import build_app
from services.contracts.errors import BadInput
from services.contracts.reasons import Reason
from services.runtime.clock import SystemClock
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ledger import SqlLedger
from tests.cli.test_command_line import command

app = build_app()


def here(*arguments: str | Path) -> str:
    """Run a command in this process, which is faster, and return what it prints. Raises what it raises."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False).stdout


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


def test_a_campaign_keeps_how_its_sites_are_to_be_visited(tmp_path: Path) -> None:
    options = ("--frame", "--departement", "46", "--sample", "5", "--wacz", "--max-pages", "4", "--out", tmp_path)
    here("campaign", "create", "lot", *options)
    campaign = SqlLedger(open_sqlite(tmp_path / "audit.db")).campaign("lot")
    assert campaign is not None
    assert (campaign.wacz, campaign.max_pages) == (True, 4)
    assert CliRunner().invoke(app, ["campaign", "create", "lot2", "--frame", "--max-pages", "26"]).exit_code == 2


def test_a_campaign_is_started_paused_drained_and_closed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    here("campaign", "create", "lot", "--frame", "--departement", "46", "--sample", "5", "--out", out)
    with pytest.raises(BadInput, match="a planned campaign cannot pause"):
        here("campaign", "pause", "--out", out)
    for order, state in (("start", "running"), ("drain", "paused"), ("resume", "running"), ("close", "closed")):
        assert f"'lot' is {state}" in here("campaign", order, "lot", "--out", out)
    status = json.loads(here("campaign", "status", "--json", "--out", out))
    assert (status["state"], status["unmeasured"]) == ("closed", {"campaign_closed": 5})


def test_a_sample_has_the_sizes_that_each_stratum_was_given(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sizes = ("--sample-per-stratum", "lt500=4,500-1999=3,CC=2", "--priority", "5")
    here("campaign", "create", "lot", "--frame", "--departement", "46", *sizes, "--out", out)
    [listed] = json.loads(here("campaign", "list", "--json", "--out", out))
    assert (listed["progress"]["planned"], listed["priority"]) == (9, 5)
    assert listed["page_plan"]
    assert re.fullmatch(r"r\d+-[0-9a-f]{8}", listed["rule_set"])
    for options, named in (
        (("--sample-per-stratum", "0-499=3"), "lt500"),
        (("--sample-per-stratum", "lt500=3", "--sample", "3"), "not both"),
    ):
        with pytest.raises(BadInput, match=named):
            here("campaign", "create", "x", "--frame", *options, "--out", out)


def test_a_status_says_how_fast_and_how_long(tmp_path: Path) -> None:
    out = tmp_path / "out"
    here("campaign", "create", "lot", "--frame", "--departement", "46", "--sample", "4", "--out", out)
    status = json.loads(here("campaign", "status", "--json", "--out", out))
    assert set(status) == {
        "campaign",
        "state",
        "priority",
        "page_plan",
        "rule_set",
        "planned",
        "measured",
        "unmeasured",
        "excluded",
        "waiting",
        "in_flight",
        "confirming",
        "residue",
        "rate_per_minute",
        "eta_seconds",
    }
    assert (status["rate_per_minute"], status["eta_seconds"]) == (0, None)
    assert "time left unknown" in here("campaign", "status", "--out", out)
    ledger, now = SqlLedger(open_sqlite(out / "audit.db")), SystemClock().now()
    for row in ledger.release("lot", 2, now):
        ledger.close(row.audit, Reason.BLOCKED, now)
    status = json.loads(here("campaign", "status", "--json", "--out", out))
    assert status["unmeasured"] == {"blocked": 2}
    assert status["rate_per_minute"] > 0
    assert status["eta_seconds"] > 0
    for row in ledger.release("lot", 2, now):
        ledger.close(row.audit, None, now)
    followed = here("campaign", "status", "--watch", "--out", out)
    assert "audits/min" in followed
    assert "nothing left" in followed


def test_a_campaign_is_repeated_until_it_is_told_to_stop(tmp_path: Path) -> None:
    out = tmp_path / "out"
    here("campaign", "create", "lot", "--frame", "--departement", "46", "--sample", "2", "--out", out)
    repeated = here("campaign", "repeat", "lot", "--cron", "0 3 1 */3 *", "--out", out)
    assert "03:00" in repeated
    assert "Europe/Paris" in repeated
    assert "0 3 1 */3 *" in here("campaign", "list", "--out", out)
    assert "campaign repeat lot --stop" in here("campaign", "close", "lot", "--out", out)
    here("campaign", "repeat", "lot", "--stop", "--out", out)
    [listed] = json.loads(here("campaign", "list", "--json", "--out", out))
    assert (listed["cron"], listed["repeat_at"]) == (None, None)
    for options, named in (
        ((), "--cron"),
        (("--cron", "61 * * * *"), r"'61 \* \* \* \*'"),
        (("--cron", "0 3 1 * *", "--stop"), "either"),
    ):
        with pytest.raises(BadInput, match=named):
            here("campaign", "repeat", "lot", *options, "--out", out)


def test_a_name_without_room_for_a_date_cannot_be_repeated(tmp_path: Path) -> None:
    here("campaign", "create", "a" * 50, "--frame", "--departement", "75", "--out", tmp_path)
    with pytest.raises(BadInput, match="longer than 49"):
        here("campaign", "repeat", "--cron", "0 3 1 * *", "--out", tmp_path)


def test_a_dry_run_knows_the_servers_that_earlier_campaigns_learned(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--frame", "--departement", "46", "--sample", "8", "--out", out)
    here("campaign", "create", "lot", *options)
    ledger, now = SqlLedger(open_sqlite(out / "audit.db")), SystemClock().now()
    while released := ledger.release("lot", 8, now):
        for row in released:
            ledger.close(row.audit, None, now, address="51.91.236.193")
    forecast = here("campaign", "create", "next", *options, "--dry-run")
    assert "51.91.236.193" in forecast
    assert "Nothing was written" in forecast
    assert [campaign.name for campaign in ledger.campaigns()] == ["lot"]


def test_a_campaign_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    result = command("campaign", "status", "--out", tmp_path)
    assert result.returncode == 2
    assert "no audit there" in result.stderr
