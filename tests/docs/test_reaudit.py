"""Each documented way to ask for a re-audit, against a real broker and a scheduler's consumer."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.requests import Rejection
from services.runtime.clock import SystemClock
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ingress import RequestConsumer
from services.scheduler.adapters.national_frame import ShippedFrame
from services.scheduler.handlers import AcceptRequest
from tests.docs.pages import ROOT, blocks, control_lines, shell_lines
from tests.scheduler.request_desk import Desk, wait_for
from tests.servers.rabbitmq import RabbitmqServer, private_rabbitmq

__all__ = ["private_rabbitmq"]

REQUESTER = "amqp://requester:PASSWORD@broker.example/%2F"


class Office:
    """A shell as an operator has it, and what the scheduler made of the requests."""

    def __init__(self, desk: Desk, folder: Path, environment: dict[str, str]) -> None:
        self.desk = desk
        self._folder = folder
        self._environment = environment

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, *command: str) -> str:
        """Run what publishes a request, and wait until it is taken."""
        before = self.desk.requests.counts()[0]
        output = self.run(*command)
        wait_for(lambda: self.desk.requests.counts()[0] == before + 1)
        return output


@pytest.fixture(scope="module")
def office(private_rabbitmq: RabbitmqServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("reaudit")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    url = private_rabbitmq.new_virtual_host()
    host = url.rpartition("/")[2]
    (folder / ".rabbitmqadmin.conf").write_text(
        f"[default]\nport = {private_rabbitmq.management_port}\nvhost = {host}\n"
    )
    engine = open_sqlite(folder / "audit.db")
    desk = Desk(url, engine)
    for line in control_lines("docs/operator-guide.md"):
        private_rabbitmq.control(*(word.replace("VHOST", host) for word in line))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUDIT_")} | {
        "HOME": str(folder),
        "AUDIT_AMQP_URL": url.replace("guest:guest", "requester:PASSWORD"),
        "AUDIT_DATABASE_URL": f"sqlite:///{folder}/audit.db",
    }
    consumer = RequestConsumer(
        desk.settings,
        AcceptRequest(desk.requests, ShippedFrame(), SystemClock()),
        database_answers=desk.ledger.campaigns,
        on_accepted=lambda: None,
    )
    thread = threading.Thread(target=consumer.run)
    thread.start()
    yield Office(desk, folder, environment)
    consumer.stop()
    thread.join(30)
    engine.dispose()
    private_rabbitmq.control("delete_user", "requester")


def is_a_request(line: str) -> bool:
    return "publish" in line or "reaudit" in line


def test_the_shell_commands_of_the_readme_and_the_guide_work_in_their_order(office: Office) -> None:
    lines = [*shell_lines("README.md"), *shell_lines("docs/operator-guide.md")]
    assert sum(map(is_a_request, lines)) == 3
    for line in lines:
        if is_a_request(line):
            office.ask("bash", "-c", line)
        elif not line.startswith("rabbitmqctl "):
            output = office.run("bash", "-c", line)
            assert "33243" in output or "contestation" in output


def test_the_six_lines_of_python_work_with_the_rights_of_a_requester(office: Office) -> None:
    [program] = blocks("README.md", "python")
    assert len([line for line in program.splitlines() if line]) == 6
    assert REQUESTER in program
    office.ask(
        sys.executable, "-c", program.replace(REQUESTER, office.desk.url.replace("guest:guest", "requester:PASSWORD"))
    )
    found = office.desk.requests.accepted("gironde-18")
    assert found is not None
    assert (found[0].reason, found[0].requested_by) == ("contestation", "préfecture")
    assert [str(one.audit) for one in found[1]] == ["on-demand/33243/1"]


def test_the_guide_explains_every_reason_of_a_refusal() -> None:
    guide = (ROOT / "docs" / "operator-guide.md").read_text(encoding="utf-8")
    assert [reason for reason in Rejection if f"`{reason.value}`" not in guide] == []
