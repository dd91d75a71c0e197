"""`commune-audit top`: the state of all processes on one screen, from what they serve."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from rich.console import Console
from typer.testing import CliRunner

from services.cli.commands import build_app
from services.cli.top_command import read, screen
from services.cli.top_view import Reading, top
from services.contracts import queues
from services.contracts.reasons import Reason
from services.fetcher.metrics import FETCHER, VISITS
from services.runtime.health import serve_health
from services.runtime.message_metrics import MESSAGES, Outcome
from services.scheduler.metrics import AUDITS, HOST_GROUP_AUDITS, HOST_GROUPS, OUTBOX, SCHEDULER, UNMEASURED
from tests.servers.ports import free_port

app = build_app()

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def urls() -> Iterator[list[str]]:
    with ExitStack() as served:
        ports = [
            served.enter_context(serve_health(0, lambda: True, metrics=(table,), address="127.0.0.1"))
            for table in (SCHEDULER, FETCHER)
        ]
        yield [f"http://127.0.0.1:{port}/metrics" for port in ports]


def reading(at: float, handled: dict[str, float]) -> Reading:
    labels = frozenset({("step", queues.FETCH_SITE), ("outcome", "ok")})
    busy = {(frozenset({("step", queues.FETCH_SITE)}), endpoint): 1.0 for endpoint in handled}
    return Reading(
        at=at,
        samples={
            "audit_messages_total": {(labels, endpoint): value for endpoint, value in handled.items()},
            "audit_messages_in_progress": busy,
            "audit_worker_slots": {(frozenset(), endpoint): 4.0 for endpoint in handled},
        },
    )


def test_what_processes_did_is_added_up_and_a_restart_begins_at_zero() -> None:
    (fetching,) = top(reading(60, {"a": 30, "b": 2}), reading(0, {"a": 10, "b": 7}), NOON).services
    assert (fetching.in_work, fetching.slots) == (2, 8)
    assert fetching.handled_per_minute == 22


def test_there_is_no_rate_before_a_second_look() -> None:
    (fetching,) = top(reading(60, {"a": 30}), None, NOON).services
    assert fetching.handled_per_minute is None


def test_what_every_scheduler_says_is_taken_once() -> None:
    series = {(frozenset({("standing", "waiting")}), endpoint): 500.0 for endpoint in ("a", "b")}
    assert top(Reading(at=0, samples={"audit_audits": series}), None, NOON).standings == {"waiting": 500}


def test_the_queues_of_the_broker_are_shown_where_it_is_asked_too() -> None:
    series = {(frozenset({("queue", "audit.fetch.v1"), ("vhost", "/")}), "broker"): 17.0}
    (queue,) = top(Reading(at=0, samples={"rabbitmq_detailed_queue_messages": series}), None, NOON).queues
    assert (queue.name, queue.waiting) == ("audit.fetch.v1", 17)


def test_a_screen_of_eighty_columns_shows_the_campaign_its_troubles_and_what_does_not_answer(urls: list[str]) -> None:
    AUDITS.set(1234, standing="waiting")
    UNMEASURED.set(7, reason=Reason.BLOCKED)
    HOST_GROUP_AUDITS.set(9, host_group=HOST_GROUPS[0], closing="blocked")
    OUTBOX.set(3, priority="on_demand")
    VISITS.set(2)
    silent = f"http://127.0.0.1:{free_port()}/metrics"
    console = Console(width=80, record=True)
    console.print(screen(top(read([*urls, silent]), None, NOON)))
    shown = console.export_text()
    assert "1,234 waiting" in shown
    assert "2 visits" in shown
    assert HOST_GROUPS[0] in shown
    assert "blocked" in shown
    assert "ledger, on_demand" in shown
    assert silent in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_program_gets_the_same_as_one_document(urls: list[str]) -> None:
    AUDITS.set(55, standing="measured")
    MESSAGES.add(step=queues.CLOSE_AUDIT, outcome=Outcome.OK)
    asked = [word for url in urls for word in ("--url", url)]
    done = CliRunner().invoke(app, ["top", *asked, "--json", "--every", "0.2"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["standings"]["measured"] == 55
    assert {service["step"] for service in document["services"]} >= {queues.FETCH_SITE, queues.CLOSE_AUDIT}
    assert document["problems"] == {}


def test_what_is_no_address_is_refused() -> None:
    done = CliRunner().invoke(app, ["top", "--url", "scheduler"])
    assert "write http://HOST:PORT/metrics" in str(done.exception)


def test_an_endpoint_that_speaks_of_something_else_is_named(urls: list[str]) -> None:
    other = urls[0].replace("/metrics", "/nothing")
    assert read([other, urls[1]]).problems == {other: "HTTP 404"}


def test_it_goes_on_until_ctrl_c_and_then_ends_well(urls: list[str]) -> None:
    screen_side, command_side = os.openpty()
    command = [sys.executable, "-m", "services.cli", "top", "--url", urls[0], "--every", "0.2"]
    terminal = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
    child = subprocess.Popen(command, stdout=command_side, stderr=subprocess.PIPE, text=True, env=terminal)
    try:
        shown, deadline = b"", time.monotonic() + 60
        while b"handled/min" not in shown and time.monotonic() < deadline and child.poll() is None:
            if select.select([screen_side], [], [], 1)[0]:
                shown += os.read(screen_side, 65_536)
        assert b"handled/min" in shown
        child.send_signal(signal.SIGINT)
        _, complaint = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
        os.close(screen_side)
        os.close(command_side)
    assert (child.returncode, complaint) == (0, "")
