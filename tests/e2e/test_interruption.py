"""A campaign that is interrupted ends like one that was not."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.e2e.conftest import environment, untimed_statistics, untimed_verdicts

SIZE = 16


def start(out: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "run", "--synthetic", str(SIZE), "--seed", "11", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def closed(out: Path) -> int:
    if not (out / "audit.db").exists():
        return 0
    engine = create_engine(f"sqlite:///{out / 'audit.db'}")
    try:
        with engine.connect() as connection:
            known = connection.execute(text("select 1 from sqlite_master where name = 'audit'")).scalar()
            count = "select count(*) from audit where closed_at is not null"
            return int(connection.execute(text(count)).scalar() or 0) if known else 0
    finally:
        engine.dispose()


def wait_for_some(process: "subprocess.Popen[str]", out: Path, at_least: int) -> None:
    deadline = time.monotonic() + 120
    while closed(out) < at_least:
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        assert time.monotonic() < deadline
        time.sleep(0.1)


def verdicts(out: Path) -> list[tuple[object, ...]]:
    return untimed_verdicts(out)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    process = start(out)
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    return out


def test_a_killed_run_goes_on_and_gives_the_same_verdicts_and_statistics(undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for seen in (4, 12):
        process = start(out)
        wait_for_some(process, out, seen)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    process = start(out)
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    assert "goes on" in output
    assert verdicts(out) == verdicts(undisturbed)
    assert untimed_statistics(out) == untimed_statistics(undisturbed)


def test_ctrl_c_stops_cleanly_and_the_same_command_audits_nothing_twice(undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(out)
    wait_for_some(process, out, 4)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 130, output
    assert "Run the same command again" in output
    before = {path: path.stat().st_mtime_ns for path in out.rglob("manifest.json.zst")}
    assert before
    process = start(out)
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert verdicts(out) == verdicts(undisturbed)
