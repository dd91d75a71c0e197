"""The table of hostile sites is sound, and the command serves what the table says."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.analyzer.indicators import INDICATORS
from services.contracts.declared_url import normalise_declared_url
from services.contracts.verdicts import State
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.targets import read_targets
from services.simulator.hostile.cases import SUFFIX, Case, load_cases
from services.simulator.hostile.handlers import HANDLERS
from services.simulator.hostile.town import home_page

CASES = load_cases()
STATUSES = next(indicator for indicator in INDICATORS if indicator.id == "site_status").values


def test_names_and_hosts_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.hosts for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_can_be_served_and_its_ending_can_be_reached(case: Case) -> None:
    if case.handler:
        assert case.handler in HANDLERS
    elif SUFFIX in (normalise_declared_url(case.declared_url).url or ""):
        assert "<" in home_page(case.page or case.name)
    assert case.expect.status is None or case.expect.status in STATUSES
    assert (case.expect.reason is not None) == (case.expect.state is State.UNDETERMINED)
    assert set(case.verdicts) <= {indicator.id for indicator in INDICATORS}


def ask(port: int, host: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        found = b""
        while data := connection.recv(65_536):
            found += data
    return found


def test_the_command_prints_and_serves_them_and_leaves_what_was_asked(tmp_path: Path) -> None:
    out = tmp_path / "hostile"
    command = [sys.executable, "-m", "services.cli", "simulate", "--hostile", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (out / "connection.json").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    connection = json.loads((out / "connection.json").read_text(encoding="utf-8"))
    assert b"Bienvenue" in ask(connection["port"], f"calm.{SUFFIX}")
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert all(case.name in output and case.attack in output for case in CASES)
    assert all(rule in output for rule in connection["resolve"])
    asked = json.loads((out / "asked.json").read_text(encoding="utf-8"))
    assert asked["calm"]["requests"] == 1
    targets = read_targets(out / "targets.csv", load_national_frame())
    assert {authority.code for authority in targets.authorities} == set(
        json.loads((out / "endings.json").read_text(encoding="utf-8"))
    )
