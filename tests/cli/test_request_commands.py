"""`commune-audit reaudit` on the services, and `commune-audit request`."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli.commands import build_app
from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.errors import BadInput, BrokerUnavailable
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.contracts.requests import Rejection
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.requests import Refusal, Request, Target
from tests.scheduler.request_desk import Desk, commune
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

app = build_app()

__all__ = ["amqp_url", "private_rabbitmq"]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlRequests]:
    """The requests of the database that the command line is told of."""
    for name in ("AUDIT_AMQP_URL", "AUDIT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    engine = open_sqlite(tmp_path / "services.db")
    monkeypatch.setenv("AUDIT_DATABASE_URL", f"sqlite:///{tmp_path}/services.db")
    monkeypatch.chdir(tmp_path)
    yield SqlRequests(engine)
    engine.dispose()


def run(*arguments: str) -> str:
    """Run a command; an error the top level handles is raised here."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def shown(request_id: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("request", "show", request_id, "--json"))
    return document


def sent_id(output: str) -> str:
    found = re.match(r"Request ([0-9a-f]{32}) was sent", output)
    assert found, output
    return found[1]


def test_a_request_that_is_sent_through_the_broker_prints_its_id_at_once(
    database: SqlRequests, amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_AMQP_URL", amqp_url)
    engine = open_sqlite(tmp_path / "other.db")
    desk = Desk(amqp_url, engine)
    request_id = sent_id(run("reaudit", "33243", "www.libourne.fr", "--reason", "l'été", "--requested-by", "x"))
    assert database.accepted(request_id) is None
    with desk.channel() as channel:
        _, properties, body = channel.basic_get(queues.REQUESTS, auto_ack=True)
    assert properties.message_id == request_id
    assert json.loads(body) == {
        "schema": 1,
        "authority": ["33243", "www.libourne.fr"],
        "reason": "l'été",
        "requested_by": "x",
    }
    engine.dispose()


def test_a_request_to_a_broker_that_is_away_is_said_to_have_failed(
    database: SqlRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_AMQP_URL", "amqp://127.0.0.1:1/%2F")
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1"):
        run("reaudit", "33243")
    assert database.counts() == (0, {})


def test_a_request_that_is_written_into_the_ledger_is_followed_to_its_end(
    database: SqlRequests, tmp_path: Path
) -> None:
    request_id = sent_id(run("reaudit", "33243", "--reason", "contestation"))
    assert database.accepted(request_id) is not None
    waiting = shown(request_id)
    assert (waiting["state"], waiting["reason"], waiting["open"], waiting["finished"]) == (
        "accepted",
        "contestation",
        1,
        False,
    )
    [audit] = waiting["audits"]
    assert (audit["audit"], audit["name"], audit["state"]) == ("on-demand/33243/1", "Libourne", "waiting")

    engine = open_sqlite(tmp_path / "services.db")
    ledger = SqlLedger(engine)
    ledger.release("on-demand", 1, NOW, least_priority=Priority.ON_DEMAND)
    assert shown(request_id)["audits"][0]["state"] == "in flight"
    ledger.close(AuditId(campaign="on-demand", code="33243"), Reason.BLOCKED, NOW)
    ended = shown(request_id)
    assert ended["finished"]
    assert (ended["audits"][0]["state"], ended["audits"][0]["reason"]) == ("unmeasured", "blocked")
    text = run("request", "show", request_id)
    assert "Libourne (33243)" in text
    assert "unmeasured (blocked)" in text
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("3324",), "3324"),
        (("33999",), "33999"),
        (("33243", "--reason", "x" * 501), "reason"),
        (("33243", "--requested-by", "\x1b[2J"), "requested_by"),
        (("33243", "--campaign", "c"), "--campaign"),
        (("https://www.nulle-part.example",), "nulle-part.example"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_on_the_spot(
    database: SqlRequests, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        run("reaudit", *arguments)
    assert database.counts()[0] == 0


def test_a_refused_request_says_why_and_shows_nothing_that_could_harm_a_terminal(database: SqlRequests) -> None:
    database.refuse(
        Refusal(
            id="r-1",
            digest="0",
            received_at=NOW,
            rejection=Rejection.NOT_JSON,
            detail="the body is \x1b not JSON [red]x[/red]",
            size=9,
            excerpt=r"\x1b[2J",
        )
    )
    assert (shown("r-1")["state"], shown("r-1")["rejection"]) == ("refused", "not_json")
    for text in (run("request", "show", "r-1"), run("request", "list")):
        assert "not_json" in text
        assert "[red]x[/red]" in text
        assert "\x1b" not in text


def test_requests_are_listed_and_counted(database: SqlRequests) -> None:
    for number in (1, 2, 3):
        request = Request(id=f"r-{number}", digest="0", received_at=NOW, reason="[bold]x", requested_by="préfecture")
        database.accept(request, [Target(text="33001", code="33001")], commune)
    listed = json.loads(run("request", "list", "--limit", "2", "--json"))
    assert (listed["accepted"], listed["refused"], len(listed["requests"])) == (3, {}, 2)
    assert "3 accepted, 0 refused" in run("request", "list")
    assert "[bold]x" in run("request", "list")


def test_an_id_that_nobody_has_is_said_so(database: SqlRequests) -> None:
    assert database.counts() == (0, {})
    with pytest.raises(BadInput, match="no request r-9"):
        run("request", "show", "r-9")
