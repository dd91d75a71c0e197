"""The command line as a user meets it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from services.cli.display import CampaignDisplay
from services.cli.selection import Selection
from services.contracts.errors import BadInput
from services.runtime.clock import FixedClock, SystemClock
from services.scheduler.domain.conservation import Progress

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )


def test_help_names_every_command() -> None:
    result = command("--help")
    assert result.returncode == 0
    for name in ("run", "reaudit", "show", "explain", "reanalyse", "simulate", "campaign", "frame"):
        assert f"  {name} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run"], "--synthetic"),
        (["run", "--frame", "--synthetic", "3"], "exactly one"),
        (["run", "--targets", "nowhere.csv"], "nowhere.csv"),
        (["run", "--synthetic", "0"], "--synthetic"),
        (["run", "--synthetic", "3", "--departement", "33"], "--departement"),
        (["run", "--frame", "--departement", "99"], "département '99'"),
        (["run", "--frame", "--campaign", "../x"], "campaign name"),
        (["run", "--frame", "--resolve", "nonsense"], "nonsense"),
        (["run", "--frame", "--concurrency", "many"], "--concurrency"),
        (["show", "33243"], "no audit there"),
        (["explain", "33243", "legal_notice"], "no audit there"),
        (["reanalyse"], "no audit there"),
        (["nonsense"], "nonsense"),
        (["frame", "show", "99999"], "99999"),
    ],
)
def test_wrong_options_give_one_clear_line_and_exit_code_2(arguments: list[str], named: str, tmp_path: Path) -> None:
    if arguments[0] not in ("frame", "nonsense"):
        arguments = [*arguments, "--out", str(tmp_path / "out")]
    result = command(*arguments)
    assert result.returncode == 2, result.stdout + result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert named in result.stderr


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("not a folder")
    result = command("run", "--frame", "--departement", "75", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "--out" in result.stderr


def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_text("this is no database, whatever its name says" * 50)
    result = command("run", "--frame", "--departement", "75", "--out", tmp_path)
    assert result.returncode == 2
    assert "not a database" in result.stderr


def test_a_bad_environment_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_REQUEST_INTERVAL", "soon")
    targets = tmp_path / "t.csv"
    targets.write_text("code,url\n33243,https://www.libourne.fr\n", encoding="utf-8")
    result = command("run", "--targets", targets, "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "AUDIT_REQUEST_INTERVAL" in result.stderr


def test_a_selection_always_gives_the_same_campaign_name() -> None:
    selection = Selection(
        targets=Path("Ma Liste d'Été.csv"),
        frame=False,
        frame_file=None,
        departement=None,
        synthetic=None,
        showcase=False,
        sample=None,
    )
    assert selection.default_campaign() == "ma-liste-d-ete"


def test_a_sub_option_without_its_option_is_refused() -> None:
    selection = Selection(
        targets=None, frame=True, frame_file=None, departement=None, synthetic=None, showcase=True, sample=None
    )
    with pytest.raises(BadInput, match="--showcase"):
        selection.check()


def test_progress_off_a_terminal_is_plain_lines_with_rate_time_left_and_failures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = FixedClock(SystemClock().now())
    display = CampaignDisplay(Console(force_terminal=False, width=200), clock)
    with display:
        display.show(Progress(planned=10, waiting=10))
        clock.at += timedelta(seconds=1)
        display.show(Progress(planned=10, measured=1, waiting=9))
        clock.at += timedelta(seconds=9)
        display.show(Progress(planned=10, measured=4, unmeasured={"blocked": 1}, waiting=5))
        clock.at += timedelta(seconds=10)
        display.show(Progress(planned=10, measured=9, unmeasured={"blocked": 1}))
    assert capsys.readouterr().out.splitlines() == [
        "5/10 audited, 30/min, 10 s left, blocked 1",
        "10/10 audited, 30/min, done, blocked 1",
    ]
