"""A tap on the work queues of a virtual host: every message is delivered a second time, later and out of order."""

import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pika
import pika.exceptions
from dramatiq import Message as Envelope

from services.contracts import queues
from tests.servers.rabbitmq import RabbitmqServer

_COPIES = "tap"
_MARK = "tapped"
_SEED = 7


@dataclass(frozen=True, slots=True)
class Copy:
    """A message as it was published to a work queue."""

    queue: str
    body: bytes
    priority: int | None


class Tap:
    """Copies what is published, through the server's tracing, and sends the copies again in shuffled batches.

    What the services answer to a copy says what they said before, and is not copied again. Copies from the queues that
    are held back wait until the end: by then newer messages have overtaken them.
    """

    def __init__(self, server: RabbitmqServer, url: str, held_back: frozenset[str]) -> None:
        self._server = server
        self._url = url
        self._held_back = held_back
        self._random = random.Random(_SEED)
        self._held: list[Copy] = []
        self._seen: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self.repeated = 0
        """Messages that were sent again."""
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Copy what is published from now on. Call it again after a restart of the server, which forgets tracing."""
        with self._connected():
            self._server.control("trace_on", "-p", self._url.rpartition("/")[2])
        if not self._thread.is_alive():
            self._thread.start()

    def release_held(self) -> int:
        """Stop, and send what was held back in a shuffled order; return how many that were."""
        self.stop()
        with self._connected() as channel:
            self._repeat(channel, self._collect(channel))
            self._repeat(channel, self._held)
        return len(self._held)

    def stop(self) -> None:
        """Copy nothing more."""
        self._stop.set()
        self._thread.join()
        self._server.control("trace_off", "-p", self._url.rpartition("/")[2])

    def _work(self) -> None:
        while not self._stop.wait(1):
            # The server may be away: the copies are in a durable queue and wait there.
            with contextlib.suppress(pika.exceptions.AMQPError, OSError), self._connected() as channel:
                while not self._stop.wait(1):
                    self._repeat(channel, self._collect(channel))

    def _collect(self, channel: pika.adapters.blocking_connection.BlockingChannel) -> list[Copy]:
        """Take the copies that wait; return those that are not held back."""
        taken = []
        while (got := channel.basic_get(_COPIES, auto_ack=True))[0] is not None:
            _, traced, body = got
            properties = traced.headers["properties"]
            if not properties.get("headers", {}).get(_MARK):
                (queue,) = traced.headers["routing_keys"]
                said = (queue, str(Envelope.decode(body).args))
                if queue in queues.WORK_QUEUES and said not in self._seen:
                    self._seen.add(said)
                    taken.append(Copy(queue, body, properties.get("priority")))
        self._held += [copy for copy in taken if copy.queue in self._held_back]
        return [copy for copy in taken if copy.queue not in self._held_back]

    def _repeat(self, channel: pika.adapters.blocking_connection.BlockingChannel, copies: list[Copy]) -> None:
        self._random.shuffle(copies)
        for copy in copies:
            marked = pika.BasicProperties(delivery_mode=2, priority=copy.priority, headers={_MARK: True})
            channel.basic_publish("", copy.queue, copy.body, marked)
            self.repeated += 1

    @contextmanager
    def _connected(self) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.queue_declare(_COPIES, durable=True)
            # The routing key of a traced publication is "publish." and the exchange's name; ours has none.
            channel.queue_bind(_COPIES, "amq.rabbitmq.trace", "publish.")
            yield channel


@contextmanager
def tapped(server: RabbitmqServer, url: str, *, held_back: frozenset[str] = frozenset()) -> Iterator[Tap]:
    """Tap the work queues while the block runs."""
    tap = Tap(server, url, held_back)
    tap.start()
    try:
        yield tap
    finally:
        tap.stop()
