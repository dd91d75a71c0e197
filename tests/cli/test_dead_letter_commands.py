"""`commune-audit dead-letters` on a real broker and a real ledger."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pika
import pytest
from dramatiq.common import xq_name
from sqlalchemy import URL
from typer.testing import CliRunner, Result

from services.cli.dead_letter_commands import app
from services.contracts import queues
from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput, BrokerUnavailable
from services.contracts.reasons import Reason
from services.runtime.broker_settings import BrokerSettings
from services.runtime.database import open_database
from services.runtime.dead_letters import open_dead_letters
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, PlannedAudit
from services.scheduler.domain.campaign_state import CampaignState
from tests.cli.dead_letter_office import HOSTILE, Office, open_office
from tests.servers.ports import free_port
from tests.servers.postgres import fresh_database, postgres
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

__all__ = ["amqp_url", "postgres", "private_rabbitmq"]

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
FETCH_DEAD = xq_name(queues.FETCH)
LEDGER_DEAD = xq_name(queues.LEDGER)


@pytest.fixture
def office(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("AUDIT_AMQP_URL", amqp_url)
    monkeypatch.delenv("AUDIT_DATABASE_URL", raising=False)
    with open_office(amqp_url) as office:
        yield office


def run(*arguments: str, answer: str = "") -> Result:
    """Run a command; an error the top level handles is raised here."""
    result = CliRunner().invoke(app, arguments, input=answer)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def listed(*options: str) -> dict[str, list[dict[str, Any]]]:
    document = json.loads(run("list", "--json", *options).stdout)
    return {queue["queue"]: queue["letters"] for queue in document["queues"]}


def test_every_letter_is_listed_with_the_reason_of_its_death(office: Office) -> None:
    office.kill_messages()
    letters = listed()
    unknown, bytes_ = letters[FETCH_DEAD]
    (failed,) = letters[LEDGER_DEAD]
    assert (unknown["why"], unknown["audit"], unknown["authority"]) == (
        "unknown actor unknown_actor",
        "c/33001/1",
        "33001",
    )
    assert (bytes_["why"], bytes_["actor"], bytes_["audit"]) == ("not a message of this program", None, None)
    assert (failed["actor"], failed["audit"]) == (queues.CLOSE_AUDIT, "c/33002/1")
    assert {letter["death"] for letter in (unknown, bytes_, failed)} == {"rejected x1"}
    assert all(letter["at"] for letter in (unknown, bytes_, failed))
    text = run("list").stdout
    assert f"{FETCH_DEAD}: 2 letters" in text
    assert "The ledger was not asked: AUDIT_DATABASE_URL is not set" in text
    assert office.dead(queues.FETCH) == 2


def test_the_exception_of_a_retry_is_the_reason(office: Office) -> None:
    office.broker.channel.basic_publish(
        "",
        LEDGER_DEAD,
        json.dumps(
            {
                "actor_name": queues.CLOSE_AUDIT,
                "args": ["{}"],
                "options": {"traceback": "…\nOSError: gone", "retries": 3},
            }
        ).encode(),
    )
    (letter,) = listed("--queue", queues.LEDGER)[LEDGER_DEAD]
    assert letter["why"] == "OSError: gone"
    shown = run("show", letter["id"]).stdout
    assert "retries: 3" in shown
    assert "  OSError: gone" in shown


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (AuditState.UNMEASURED, Reason.POISON, "unmeasured(poison)"),
        (AuditState.MEASURED, None, "measured: done already"),
        (AuditState.RELEASED, None, "released: will be released again by reconciliation"),
        (AuditState.PLANNED, None, "planned: waits to be released"),
        (None, None, "not in the ledger"),
    ],
)
def test_the_ledger_says_what_becomes_of_the_audit(
    office: Office,
    postgres: URL,
    monkeypatch: pytest.MonkeyPatch,
    state: AuditState | None,
    reason: Reason | None,
    said: str,
) -> None:
    office.kill_messages()
    audit = AuditId(campaign="c", code="33002")
    with fresh_database(postgres) as database:
        assert database.database_url is not None
        monkeypatch.setenv("AUDIT_DATABASE_URL", database.database_url.get_secret_value())
        engine = open_database(database)
        if state is not None:
            plan(SqlLedger(engine), audit, state, reason)
        engine.dispose()
        letters = listed()
        assert letters[LEDGER_DEAD][0]["ledger"] == said
        assert letters[FETCH_DEAD][1]["ledger"] is None
        assert f"ledger: {said}" in run("list").stdout
        assert f"ledger: {said}" in run("show", letters[LEDGER_DEAD][0]["id"]).stdout


def plan(ledger: SqlLedger, audit: AuditId, state: AuditState, reason: Reason | None) -> None:
    authority = Authority(code=audit.code, kind=Kind.COMMUNE, name="x", nature="COM")
    row = PlannedAudit(audit=audit, authority=authority, state=AuditState.PLANNED, position=0, host_group="h")
    campaign = Campaign(name="c", created_at=NOW, frame="test", seed=1, parameters="{}", state=CampaignState.RUNNING)
    ledger.create(campaign, [row])
    if state is not AuditState.PLANNED:
        ledger.release("c", 1, NOW)
    if state.closed:
        ledger.close(audit, reason, NOW)


def test_a_ledger_that_is_away_is_said_to_be_away_and_the_letters_are_listed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.kill_messages()
    monkeypatch.setenv("AUDIT_DATABASE_URL", f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d")
    text = run("list").stdout
    assert "The ledger was not asked: the database is not available" in text
    assert "unknown actor" in text
    assert "hunter2" not in text


def test_hostile_bytes_never_reach_the_terminal(office: Office) -> None:
    office.broker.channel.basic_publish("", FETCH_DEAD, HOSTILE)
    forged = {"actor_name": "\x1b[31mx\u202e", "args": ["\x1b[2J"], "options": {"traceback": "\x1b]0;t\x07\nE: \x9b1m"}}
    office.broker.channel.basic_publish("", FETCH_DEAD, json.dumps(forged, ensure_ascii=False).encode())
    properties = pika.BasicProperties(headers={"reason": "\x1b[5m", "detail": "\r\nforged line", "\x1bname": "\x1b"})
    office.broker.channel.queue_declare(queues.REQUESTS_REJECTED, durable=True)
    office.broker.channel.basic_publish("", queues.REQUESTS_REJECTED, b'{"authority": "\x1b[1m"}', properties)
    ids = [letter["id"] for letters in listed().values() for letter in letters]
    assert len(ids) == 3
    shown = [run("list"), run("list", "--json"), *(run("show", i, *o) for i in ids for o in ((), ("--json",)))]
    for result in shown:
        lines = result.stdout.splitlines()
        assert all(line.isprintable() for line in lines)
    assert "\nforged line" not in run("list").stdout
    log = run("discard", "--all", "--yes").stderr
    assert "\x1b" not in log
    assert "owned" in log


def test_of_a_large_body_the_beginning_is_shown(office: Office) -> None:
    office.broker.channel.basic_publish("", FETCH_DEAD, b"a" * 3_000_000)
    (letter,) = listed()[FETCH_DEAD]
    shown = run("show", letter["id"]).stdout
    assert "size: 3000000" in shown
    assert len(shown) < 6_000


def test_a_large_queue_is_counted_and_shown_in_part(office: Office) -> None:
    office.fill(300)
    text = run("list", "--limit", "7").stdout
    assert f"{xq_name(queues.ANALYZE)}: 300 letters" in text
    assert text.count("not a message of this program") == 7
    assert "… and 293 more: --limit 300" in text
    assert len(listed()[xq_name(queues.ANALYZE)]) == 50


def test_a_look_keeps_the_order_and_ends_though_letters_keep_coming(office: Office, amqp_url: str) -> None:
    office.fill(20)
    seen = []
    with open_dead_letters(BrokerSettings(amqp_url=amqp_url)) as letters:
        for letter in letters.look(xq_name(queues.ANALYZE)):
            seen.append(letter.body)
            office.fill(1)
        assert seen == [f"letter {number}".encode() for number in range(20)]
        again = [letter.body for letter in letters.look(xq_name(queues.ANALYZE), 20)]
        assert again == seen
        assert letters.count(xq_name(queues.ANALYZE)) == 40


def test_a_letter_that_is_retried_is_executed(office: Office) -> None:
    office.kill_messages()
    (failed,) = listed()[LEDGER_DEAD]
    office.broken = False
    result = run("retry", failed["id"])
    assert result.stdout == "1 sent back\n"
    assert failed["id"] in result.stderr
    with office.working():
        office.wait_for(queues.LEDGER, 0)
        office.broker.join(queues.LEDGER, timeout=20_000)
    assert office.closed == ["33002"]
    assert office.dead(queues.FETCH) == 2


def test_a_retried_letter_keeps_its_priority_and_forgets_its_attempts(office: Office) -> None:
    office.kill_messages()
    unknown = listed()[FETCH_DEAD][0]
    run("retry", unknown["id"])
    method, properties, body = office.broker.channel.basic_get(queues.FETCH, auto_ack=True)
    assert method is not None
    assert properties.priority == 2
    assert properties.headers is None
    assert json.loads(body)["message_id"] == unknown["id"]


def test_retry_all_of_one_queue_leaves_the_others_and_ends_though_they_die_again(office: Office) -> None:
    office.kill_messages()
    with office.working():
        assert run("retry", "--all", "--queue", FETCH_DEAD).stdout == "2 sent back\n"
        office.wait_for(queues.FETCH, 2)
    assert office.dead(queues.LEDGER) == 1


def test_a_rejected_request_goes_back_to_the_requests(office: Office) -> None:
    channel = office.broker.channel
    for name in (queues.REQUESTS, queues.REQUESTS_REJECTED):
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": "classic"})
    properties = pika.BasicProperties(message_id="r-1", headers={"reason": "authority_unknown", "detail": "99999"})
    channel.basic_publish("", queues.REQUESTS_REJECTED, b'{"schema": 1, "authority": "99999"}', properties)
    (letter,) = listed("--queue", queues.REQUESTS)[queues.REQUESTS_REJECTED]
    assert (letter["id"], letter["why"], letter["authority"]) == ("r-1", "authority_unknown: 99999", "99999")
    run("retry", "r-1")
    _, again, body = channel.basic_get(queues.REQUESTS, auto_ack=True)
    assert (body, again.message_id, again.headers) == (b'{"schema": 1, "authority": "99999"}', "r-1", None)


def test_a_letter_whose_queue_is_gone_stays(office: Office) -> None:
    office.kill_messages()
    (failed,) = listed()[LEDGER_DEAD]
    office.broker.channel.queue_delete(queues.LEDGER)
    with pytest.raises(BrokerUnavailable, match=r"audit\.ledger\.v1 does not exist"):
        run("retry", failed["id"])
    assert [letter["id"] for letter in listed()[LEDGER_DEAD]] == [failed["id"]]


def test_discard_asks_deletes_what_it_showed_and_logs_it(office: Office) -> None:
    office.kill_messages()
    refused = CliRunner().invoke(app, ["discard", "--all"], input="n\n")
    assert refused.exit_code != 0
    assert office.dead(queues.FETCH) == 2
    done = run("discard", "--all", "--queue", queues.FETCH, answer="y\n")
    assert "Delete 2 for good?" in done.output
    assert "2 discarded" in done.output
    assert done.stderr.count("dead letter discarded") == 2
    assert "33001" in done.stderr
    assert (office.dead(queues.FETCH), office.dead(queues.LEDGER)) == (0, 1)


def test_of_two_letters_one_is_discarded(office: Office) -> None:
    office.kill_messages()
    first, second = (letter["id"] for letter in listed()[FETCH_DEAD])
    assert "1 discarded" in run("discard", first, "--yes").stdout
    assert [letter["id"] for letter in listed()[FETCH_DEAD]] == [second]


def test_two_operators_at_once_lose_nothing(office: Office, amqp_url: str) -> None:
    office.fill(30)
    queue, settings = xq_name(queues.ANALYZE), BrokerSettings(amqp_url=amqp_url)
    with open_dead_letters(settings) as mine, open_dead_letters(settings) as theirs:
        # They look at the first ten; I send back all I see; both end; then the ten are there again.
        look = theirs.look(queue, 10)
        held = [next(look).body for _ in range(10)]
        sent = list(mine.retry(queue, lambda _: True))
        look.close()
        assert len(sent) == 20
        assert [letter.body for letter in mine.look(queue)] == held
    assert office.broker.get_queue_message_counts(queues.ANALYZE) == (20, 0, 10)


def test_an_interrupted_retry_loses_nothing(office: Office, amqp_url: str) -> None:
    office.fill(10)
    with open_dead_letters(BrokerSettings(amqp_url=amqp_url)) as letters:
        retried = letters.retry(xq_name(queues.ANALYZE), lambda _: True)
        for _ in range(3):
            next(retried)
        retried.close()
    assert office.broker.get_queue_message_counts(queues.ANALYZE) == (3, 0, 7)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("show", "nothing"), "no dead letter nothing"),
        (("retry", "nothing"), "no dead letter nothing"),
        (("discard", "nothing", "--yes"), "no dead letter nothing"),
        (("retry",), "ids, or --all"),
        (("discard", "x", "--all"), "ids, or --all"),
        (("list", "--queue", "elsewhere"), "--queue elsewhere: no such queue"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(arguments: tuple[str, ...], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        run(*arguments)


def test_a_broker_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_AMQP_URL", f"amqp://u:hunter2@127.0.0.1:{free_port()}/%2F")
    with pytest.raises(BrokerUnavailable, match="is not available") as raised:
        run("list")
    assert "hunter2" not in str(raised.value)
