"""Every command of the documentation is run, against a synthetic country instead of the real web."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dramatiq import Message as Envelope
from dramatiq.common import xq_name

from services.cli.synthetic import synthetic_country
from services.contracts import queues
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.rabbitmq import open_rabbitmq_broker
from tests.docs.pages import ROOT, blocks
from tests.servers.rabbitmq import RabbitmqServer, private_rabbitmq

__all__ = ["private_rabbitmq"]

PAGES = ("README.md", "docs/operator-guide.md", "CONTRIBUTING.md")
SERVERS = ("simulate",)
"""Commands that go on until they are stopped."""
LETTER = "0d6e2b52-6a1f-4f0e-9d6c-3f1b7c2a9e10"
"""The dead letter that the operator guide looks at."""


ON_THE_BROKER = ("dead-letters",)
"""Commands that are told where the broker is; the others work in one process."""


def commands(page: str) -> list[str]:
    """Return the commands of a page's plain code blocks, in order, comments removed."""
    lines = (line.split(" #", 1)[0].strip() for block in blocks(page) for line in block.splitlines())
    return [line for line in lines if re.match(r"(?:\.venv/bin/|make |export )", line)]


@pytest.fixture(scope="module")
def broker_url(private_rabbitmq: RabbitmqServer) -> str:
    """Return the address of a broker with the work queues and one dead letter."""
    url = private_rabbitmq.new_virtual_host()
    broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), queues.WORK_QUEUES)
    for name in queues.WORK_QUEUES:
        broker.declare_queue(name, ensure=True)
    letter: Envelope[None] = Envelope(queues.FETCH, "of_another_version", (), {}, {}, message_id=LETTER)
    broker.channel.basic_publish("", xq_name(queues.FETCH), letter.encode())
    broker.close()
    return url


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Return a folder that looks like a checkout, and an environment that never leaves this machine."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (folder / "scripts").symlink_to(ROOT / "scripts")
    (folder / "my-list.csv").write_text("code;url\n33243;https://www.libourne.fr\n", encoding="utf-8")
    (folder / "list.csv").write_text("code,url\n33243,http://www.ville.example\n", encoding="utf-8")
    (folder / "labelled.csv").write_text("code,indicator,state\n09138,hsts,no\n", encoding="utf-8")
    official = ROOT / "tests" / "scheduler" / "frame" / "data" / "dpnt.json"
    (folder / "dpnt-quotidien.json.gz").write_bytes(official.read_bytes())
    with synthetic_country(folder / "country", size=3, seed=1, showcase=False, clock=SystemClock()) as country:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AUDIT_")}
        environment |= {
            "AUDIT_DNS_SERVER": country.dns_server,
            "AUDIT_ATTEMPT_INTERVAL": "0",
            "AUDIT_REQUEST_INTERVAL": "0",
        }
        yield folder, environment


def run(command: str, folder: Path, environment: dict[str, str]) -> None:
    words = shlex.split(command)
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if any(word in SERVERS for word in words):
        assert process.stdout is not None
        assert any("Ctrl-C" in line for line in process.stdout), command
        process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, f"{command}\n{output}"


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_works_in_its_order(
    page: str, workshop: tuple[Path, dict[str, str]], broker_url: str
) -> None:
    folder, environment = workshop
    found = commands(page)
    for command in found:
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            environment[name] = value
        elif command.startswith("make "):
            subprocess.run(["make", "-n", *shlex.split(command)[1:]], cwd=ROOT, check=True, capture_output=True)
        elif "build_docs.py" not in command:
            on_the_broker = any(word in ON_THE_BROKER for word in command.split())
            run(command, folder, environment | ({"AUDIT_AMQP_URL": broker_url} if on_the_broker else {}))
    assert found or page == "CONTRIBUTING.md"
