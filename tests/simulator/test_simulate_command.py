"""``commune-audit simulate`` as a user starts it."""

import csv
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "services.cli", "simulate"]


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_says_how_to_audit_it_and_stops_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    out = tmp_path / "country"
    process = subprocess.Popen(
        [*COMMAND, "--size", "30", "--seed", "7", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(out / "connection.json", process)
    connection = json.loads((out / "connection.json").read_text(encoding="utf-8"))
    with socket.create_connection(("127.0.0.1", connection["port"]), timeout=5):
        pass
    with (out / "targets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["code"] for row in rows} == set(json.loads((out / "truth.json").read_text(encoding="utf-8")))
    assert len(rows) == 30
    assert "BEGIN CERTIFICATE" in (out / "ca.pem").read_text(encoding="utf-8")
    process.send_signal(stop)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors == ""
    assert f"--dns-server {connection['dns_server']}" in output
    assert all(rule in output for rule in connection["resolve"])
    assert not (out / "connection.json").exists()


def test_a_country_can_be_made_of_given_authorities(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.csv"
    chosen.write_text("code,url\n63003,\n01004,\n", encoding="utf-8")
    out = tmp_path / "country"
    process = subprocess.Popen(
        [*COMMAND, "--authorities-from", str(chosen), "--out", str(out)], stdout=subprocess.PIPE, text=True
    )
    wait_for(out / "connection.json", process)
    process.terminate()
    process.communicate(timeout=20)
    assert set(json.loads((out / "truth.json").read_text(encoding="utf-8"))) == {"63003", "01004"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--authorities-from", "absent.csv"], "no such file"),
        (["--size", "0"], "size"),
    ],
)
def test_wrong_options_give_one_line_and_exit_code_2(tmp_path: Path, options: list[str], message: str) -> None:
    ended = subprocess.run(
        [*COMMAND, *options, "--out", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert message in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--size", "3", "--port", port, "--out", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert f"--port {port}" in ended.stderr
