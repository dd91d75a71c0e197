"""A desk for requests: a ledger with two campaigns, a small national frame, and a consumer on a real broker."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pika
import pika.exceptions
from sqlalchemy import Engine

from services.contracts import queues
from services.contracts.authorities import Authority, Kind, Zone
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.request_queue import declare_request_queue
from services.scheduler.adapters.ingress import RequestConsumer, Take
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.site_owner import site_host
from services.scheduler.frame.frame import Frame
from services.scheduler.handlers import AcceptRequest


def commune(code: str, url: str | None = None, *, zone: Zone = Zone.METRO) -> Authority:
    return Authority(code=code, kind=Kind.COMMUNE, name=f"Ville {code}", nature="COM", declared_url=url, zone=zone)


COUNTRY = (
    commune("33001", "https://www.un.fr"),
    commune("33002", "https://deux.fr"),
    commune("33003", "https://commun.fr"),
    commune("33004", "https://commun.fr/"),
    commune("33005"),
    commune("97701", zone=Zone.COM),
    commune("75056"),
)


class SmallFrame:
    """The national frame of a country of seven communes."""

    def __init__(self) -> None:
        self._frame = Frame(authorities={a.code: a for a in COUNTRY}, source="test", date="2026-11-01", licence="")

    def get(self, code: str) -> Authority:
        return self._frame.get(code)

    def on_host_of(self, url: str) -> Sequence[Authority]:
        return [a for a in COUNTRY if site_host(a.declared_url) == site_host(url)]


class Desk:
    """One virtual host, one database."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.settings = BrokerSettings(amqp_url=url, amqp_max_reconnect_delay=0.5)
        self.ledger = SqlLedger(engine)
        self.requests = SqlRequests(engine)
        self.take = AcceptRequest(self.requests, SmallFrame(), SystemClock())
        self.woken = threading.Event()
        with self.channel() as channel:
            declare_request_queue(channel)

    def plan(self, name: str, *authorities: Authority) -> None:
        campaign = Campaign(name=name, created_at=SystemClock().now(), frame="test", seed=1)
        self.ledger.create(campaign, plan(campaign, authorities))

    @contextmanager
    def channel(self) -> Iterator[Any]:
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel

    def publish(self, body: bytes, message_id: str | None = None) -> None:
        """Publish as an operator does."""
        properties = pika.BasicProperties(message_id=message_id)
        with self.channel() as channel:
            channel.basic_publish(queues.REQUESTS_EXCHANGE, "", body, properties, mandatory=True)

    def publish_when_up(self, body: bytes, message_id: str) -> None:
        """Publish again and again until the broker, which was just started, keeps it."""

        def kept() -> bool:
            try:
                self.publish(body, message_id)
            except pika.exceptions.AMQPError:
                return False
            return True

        wait_for(kept)

    @contextmanager
    def consuming(self, take: Take | None = None) -> Iterator[RequestConsumer]:
        """Take requests while the block runs."""
        consumer = RequestConsumer(
            self.settings,
            take or self.take,
            database_answers=self.ledger.campaigns,
            on_accepted=self.woken.set,
        )
        thread = threading.Thread(target=consumer.run)
        thread.start()
        try:
            yield consumer
        finally:
            consumer.stop()
            thread.join(timeout=30)
            assert not thread.is_alive()
            assert not consumer.ready

    def is_accepted(self, request_id: str) -> bool:
        return self.requests.accepted(request_id) is not None

    def waiting(self, queue: str = queues.REQUESTS) -> int:
        """Return how many messages a queue holds that are not in hand."""
        with self.channel() as channel:
            found: int = channel.queue_declare(queue, passive=True).method.message_count
        return found

    def rejected(self) -> list[tuple[dict[str, Any], str | None, bytes]]:
        """Take the refused messages: their headers, id and body."""
        found = []
        with self.channel() as channel:
            while (got := channel.basic_get(queues.REQUESTS_REJECTED, auto_ack=True))[0] is not None:
                found.append((got[1].headers, got[1].message_id, got[2]))
        return found


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)
