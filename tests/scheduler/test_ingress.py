"""Requests through a real broker: bad ones are set aside with their reason, none is lost or done twice."""

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest

from services.contracts import queues
from services.contracts.errors import DatabaseUnavailable
from services.contracts.messages import Priority
from services.contracts.requests import MAX_AUTHORITIES, Rejection
from services.runtime.clock import SystemClock
from services.runtime.database import open_database, open_sqlite
from services.runtime.migrations.schema import migrate
from services.scheduler.adapters.ingress import MAX_KEPT_BYTES
from services.scheduler.handlers import Accepted, Refused
from tests.scheduler.request_desk import COUNTRY, Desk, wait_for
from tests.servers.postgres import private_postgres, settings_for
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]


@pytest.fixture
def desk(amqp_url: str, tmp_path: Path) -> Iterator[Desk]:
    engine = open_sqlite(tmp_path / "audit.db")
    desk = Desk(amqp_url, engine)
    desk.plan("c", *COUNTRY[:4])
    yield desk
    engine.dispose()


def body(authority: object = "33001", **fields: object) -> bytes:
    return json.dumps({"schema": 1, "authority": authority, **fields}).encode()


BAD: dict[str, tuple[bytes, Rejection]] = {
    "empty": (b"", Rejection.NOT_JSON),
    "words": (b"please audit 33001", Rejection.NOT_JSON),
    "form": (b"schema=1&authority=33001", Rejection.NOT_JSON),
    "cut": (body()[:-5], Rejection.NOT_JSON),
    "two": (body() + body(), Rejection.NOT_JSON),
    "nan": (b'{"schema":1,"authority":"33001","x":NaN}', Rejection.NOT_JSON),
    "long-number": (b'{"schema":1,"authority":' + b"9" * 10_000 + b"}", Rejection.NOT_JSON),
    "list": (b'["33001"]', Rejection.NOT_AN_OBJECT),
    "string": (b'"33001"', Rejection.NOT_AN_OBJECT),
    "null": (b"null", Rejection.NOT_AN_OBJECT),
    "utf-16": (body().decode().encode("utf-16"), Rejection.NOT_UTF8),
    "gzip": (gzip.compress(body()), Rejection.NOT_UTF8),
    "zeros": (b"\0" * 1000, Rejection.NOT_JSON),
    "large": (body(reason="x" * 20_000), Rejection.TOO_LARGE),
    "huge": (b"{" * 3_000_000, Rejection.TOO_LARGE),
    "abyss": (b'{"schema":1,"authority":' + b"[" * 7_000 + b"]" * 7_000 + b"}", Rejection.TOO_DEEP),
    "deep": (body([[[["33001"]]]]), Rejection.TOO_DEEP),
    "twice": (b'{"schema":1,"authority":"33001","authority":"33002"}', Rejection.DUPLICATE_KEY),
    "no-schema": (b'{"authority":"33001"}', Rejection.SCHEMA_MISSING),
    "schema-2": (body(schema=2), Rejection.SCHEMA_UNSUPPORTED),
    "schema-text": (body(schema="1"), Rejection.SCHEMA_UNSUPPORTED),
    "schema-true": (body(schema=True), Rejection.SCHEMA_UNSUPPORTED),
    "no-authority": (b'{"schema":1}', Rejection.AUTHORITY_MISSING),
    "empty-list": (body([]), Rejection.AUTHORITY_MISSING),
    "number": (body(33001), Rejection.AUTHORITY_MALFORMED),
    "object": (body({"code": "33001"}), Rejection.AUTHORITY_MALFORMED),
    "short-code": (body("3300"), Rejection.AUTHORITY_MALFORMED),
    "mail": (body("mairie@un.fr"), Rejection.AUTHORITY_MALFORMED),
    "script": (body("javascript:alert(1)"), Rejection.AUTHORITY_MALFORMED),
    "surrogate": (b'{"schema":1,"authority":"\\ud800"}', Rejection.AUTHORITY_MALFORMED),
    "501-codes": (body(["33001"] * (MAX_AUTHORITIES + 1)), Rejection.TOO_MANY_AUTHORITIES),
    "unknown": (body("33009"), Rejection.AUTHORITY_UNKNOWN),
    "one-unknown": (body(["33001", "33009"]), Rejection.AUTHORITY_UNKNOWN),
    "unknown-site": (body("www.nulle-part.fr"), Rejection.AUTHORITY_UNKNOWN),
    "shared-site": (body("https://commun.fr"), Rejection.AUTHORITY_AMBIGUOUS),
    "reason-number": (body(reason=3), Rejection.TEXT_MALFORMED),
    "reason-long": (body(reason="x" * 501), Rejection.TEXT_MALFORMED),
    "escape": (body(reason="\x1b]0;owned\x07"), Rejection.TEXT_MALFORMED),
    "backwards": (body(requested_by="\u202etxt.exe"), Rejection.TEXT_MALFORMED),
    "x" * 65: (body(), Rejection.ID_MALFORMED),
    "two\nlines": (body(), Rejection.ID_MALFORMED),
}


def test_every_kind_of_bad_request_is_set_aside_with_its_reason_and_holds_nothing_up(desk: Desk) -> None:
    with desk.consuming():
        for name, (data, _) in BAD.items():
            desk.publish(data, name)
        desk.publish(body("33002"), "good")
        wait_for(lambda: desk.is_accepted("good"))
        assert desk.woken.wait(30)
        found = {name: (headers, data) for headers, name, data in desk.rejected()}
    assert {name: headers["reason"] for name, (headers, _) in found.items()} == {
        name: rejection.value for name, (_, rejection) in BAD.items()
    }
    for name, (headers, data) in found.items():
        assert headers["detail"]
        assert headers["size"] == len(BAD[name][0])
        assert data == BAD[name][0][:MAX_KEPT_BYTES]
    accepted, refused = desk.requests.counts()
    assert (accepted, sum(refused.values())) == (1, len(BAD))
    assert desk.waiting() == 0
    # None of them moved anything in the ledger.
    urgent = desk.ledger.release("c", 10, SystemClock().now(), least_priority=Priority.ON_DEMAND)
    assert [row.audit.code for row in urgent] == ["33002"]


def test_a_request_may_come_through_the_default_exchange_too(desk: Desk) -> None:
    with desk.channel() as channel:
        properties = pika.BasicProperties(message_id="r-1")
        channel.basic_publish("", queues.REQUESTS, body(), properties, mandatory=True)
    with desk.consuming():
        wait_for(lambda: desk.is_accepted("r-1"))


class Answers:
    """The use case, with an accident after the ledger's commit on the first delivery."""

    def __init__(self, desk: Desk, accident: threading.Event) -> None:
        self._desk = desk
        self._accident = accident
        self.outcomes: list[Accepted | Refused] = []

    def __call__(self, data: bytes, message_id: object) -> Accepted | Refused:
        outcome = self._desk.take(data, message_id)
        self.outcomes.append(outcome)
        if len(self.outcomes) == 1:
            self._accident.set()
            raise pika.exceptions.StreamLostError("killed between the commit and the acknowledgement")
        return outcome


@pytest.mark.parametrize("message_id", ["r-1", None])
def test_a_delivery_that_is_repeated_after_the_commit_changes_nothing(desk: Desk, message_id: str | None) -> None:
    answers = Answers(desk, threading.Event())
    desk.publish(body(), message_id)
    with desk.consuming(answers):
        wait_for(lambda: len(answers.outcomes) == 2)
        desk.publish(body("33002"), "r-2")
        wait_for(lambda: desk.is_accepted("r-2"))
    first, again, _ = answers.outcomes
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.audits == first.audits
    assert desk.waiting() == 0
    assert desk.rejected() == []
    assert desk.ledger.progress("c").waiting == 4


def test_a_message_that_is_a_defect_of_ours_is_tried_four_times_and_holds_nothing_up(desk: Desk) -> None:
    tries: list[object] = []

    def take(data: bytes, message_id: object) -> Accepted | Refused:
        if message_id == "defect":
            tries.append(message_id)
            raise ZeroDivisionError
        return desk.take(data, message_id)

    with desk.consuming(take):
        desk.publish(body(), "defect")
        desk.publish(body("33002"), "good")
        wait_for(lambda: desk.is_accepted("good"))
        wait_for(lambda: desk.waiting(queues.REQUESTS_REJECTED) == 1)
    assert len(tries) == 4
    [(headers, name, data)] = desk.rejected()
    assert (headers["x-first-death-reason"], name, data) == ("delivery_limit", "defect", body())


def test_a_request_waits_for_the_broker_that_is_restarted(private_rabbitmq: RabbitmqServer, desk: Desk) -> None:
    with desk.consuming() as consumer:
        wait_for(lambda: consumer.ready)
        desk.publish(body("33001"), "before")
        wait_for(lambda: desk.is_accepted("before"))
        private_rabbitmq.stop()
        wait_for(lambda: not consumer.ready)
        private_rabbitmq.start()
        desk.publish_when_up(body("33002"), "after")
        wait_for(lambda: desk.is_accepted("after") and consumer.ready)
    assert desk.waiting() == 0


def test_a_queue_that_was_deleted_is_made_again(desk: Desk) -> None:
    with desk.consuming() as consumer:
        wait_for(lambda: consumer.ready)
        with desk.channel() as channel:
            channel.queue_delete(queues.REQUESTS)
        wait_for(lambda: not consumer.ready)
        wait_for(lambda: consumer.ready)
        desk.publish(body(), "r-1")
        wait_for(lambda: desk.is_accepted("r-1"))


def test_requests_wait_for_the_database_that_is_away_and_are_given_up_by_nobody(amqp_url: str) -> None:
    with private_postgres() as server:
        engine = open_database(settings_for(server.url))
        migrate(engine)
        desk = Desk(amqp_url, engine)
        desk.plan("c", *COUNTRY[:4])
        held = threading.Event()

        def take(data: bytes, message_id: object) -> Accepted | Refused:
            try:
                return desk.take(data, message_id)
            except DatabaseUnavailable:
                held.set()
                raise

        with desk.consuming(take) as consumer:
            wait_for(lambda: consumer.ready)
            server.stop()
            desk.publish(body("33001"), "held")
            desk.publish(b"not json", "bad")
            assert held.wait(30)
            wait_for(lambda: not consumer.ready)
            # A consumer that starts meanwhile takes nothing: each delivery counts.
            for _ in range(5):
                with desk.consuming() as another:
                    pass
                assert not another.ready
            server.start()
            wait_for(lambda: desk.is_accepted("held"))
            wait_for(lambda: desk.waiting(queues.REQUESTS_REJECTED) == 1)
        [(headers, name, _)] = desk.rejected()
        assert (headers["reason"], name) == ("not_json", "bad")
        assert desk.waiting() == 0
        engine.dispose()


def test_a_request_that_is_held_when_the_scheduler_stops_goes_back_to_the_queue(desk: Desk) -> None:
    held = threading.Event()

    def away(_data: bytes, _message_id: object) -> Accepted | Refused:
        held.set()
        raise DatabaseUnavailable

    desk.publish(body(), "r-1")
    with desk.consuming(away):
        assert held.wait(30)
    assert desk.waiting() == 1
    with desk.consuming():
        wait_for(lambda: desk.is_accepted("r-1"))


def test_two_schedulers_share_the_requests(desk: Desk) -> None:
    for number in range(20):
        desk.publish(body(f"3300{1 + number % 4}"), f"r-{number}")
    with desk.consuming(), desk.consuming():
        wait_for(lambda: desk.requests.counts()[0] == 20)
    assert desk.waiting() == 0
    assert desk.ledger.progress("c").waiting == 4
