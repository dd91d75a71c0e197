"""The process of the canaries: its settings, and its life where nothing answers."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from services.cli.canary_command import canary
from services.cli.canary_settings import CanarySettings
from services.contracts.errors import BadInput
from services.runtime.settings import read_settings
from services.simulator.kept_authority import CERTIFICATE
from tests.e2e.conftest import environment
from tests.servers.ports import free_port


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Return settings of a canary whose servers are away."""
    return {
        "AUDIT_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/nothing",
        "AUDIT_AMQP_URL": f"amqp://127.0.0.1:{free_port()}",
        "AUDIT_STORE_URL": str(tmp_path / "store"),
        "AUDIT_CANARY_FOLDER": str(tmp_path / "canary"),
        "AUDIT_CANARY_PORT": str(free_port()),
        "AUDIT_HEALTH_PORT": str(free_port()),
    }


def test_it_waits_for_servers_that_are_away_and_ends_when_told_to(settings: dict[str, str], tmp_path: Path) -> None:
    log, probes = tmp_path / "canary.log", f"http://127.0.0.1:{settings['AUDIT_HEALTH_PORT']}"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "services.cli", "canary"]
        child = subprocess.Popen(command, env=environment() | settings, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 60
            while "a server is away" not in log.read_text(encoding="utf-8"):
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.1)
            assert httpx.get(f"{probes}/healthz").status_code == 200
            assert httpx.get(f"{probes}/readyz").status_code == 503
            assert "audit_canary_wrong_verdicts 0.0" in httpx.get(f"{probes}/metrics").text
            # The fetchers need it to start, whatever else is there.
            assert (tmp_path / "canary" / CERTIFICATE).is_file()
            child.send_signal(signal.SIGTERM)
            assert child.wait(60) == 0, log.read_text(encoding="utf-8")
        finally:
            child.kill()
            child.wait()


def test_a_port_that_is_taken_is_named_with_its_setting(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings["AUDIT_CANARY_PORT"] = str(taken.getsockname()[1])
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(BadInput, match=r"AUDIT_CANARY_PORT=\d+: cannot be used: Address already in use"):
            canary()


def test_a_round_ends_before_the_next_one_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_CANARY_INTERVAL", "300")
    with pytest.raises(BadInput, match="AUDIT_CANARY_BUDGET=600"):
        read_settings(CanarySettings)
    monkeypatch.setenv("AUDIT_CANARY_BUDGET", "300")
    assert read_settings(CanarySettings).canary_budget == 300
