"""Letters that died the real way: a worker on RabbitMQ that cannot handle what it is given."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from dramatiq import Worker
from dramatiq.common import xq_name

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.errors import ArtefactMissing
from services.contracts.messages import AuditClosed, FetchSite, Priority
from services.contracts.reasons import Reason
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.edge import declare_async, declare_sync
from services.runtime.rabbitmq import AuditBroker, open_rabbitmq_broker
from tests.runtime.worker_site import fetch

HOSTILE = b'\xff\x00\x1b[2J\x1b]0;owned\x07{"schema": 1}\xe2\x80\xae'


class Office:
    """One virtual host, and the letters that are put into its queues of dead letters."""

    def __init__(self, url: str) -> None:
        self.broker: AuditBroker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), queues.WORK_QUEUES)
        self.publisher = BrokerPublisher(self.broker)
        self.fetched: list[str] = []
        self.closed: list[str] = []
        self.broken = True
        for name in queues.WORK_QUEUES:
            self.broker.declare_queue(name, ensure=True)
        declare_async(
            self.broker,
            queues.FETCH_SITE,
            queues.FETCH,
            FetchSite,
            self._fetch,
            forward=None,
            publisher=self.publisher,
        )
        declare_sync(
            self.broker,
            queues.CLOSE_AUDIT,
            queues.LEDGER,
            AuditClosed,
            self._close,
            forward=None,
            publisher=self.publisher,
        )

    async def _fetch(self, message: FetchSite) -> None:
        self.fetched.append(message.audit.code)

    def _close(self, message: AuditClosed) -> None:
        if self.broken:
            raise ArtefactMissing("as asked")
        self.closed.append(message.audit.code)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Handle what waits while the block runs."""
        worker = Worker(self.broker, queues={queues.FETCH, queues.LEDGER}, worker_threads=1, worker_timeout=50)
        worker.start()
        try:
            yield
        finally:
            worker.stop(timeout=5000)

    def die(self, queue: str, count: int) -> None:
        """Work until a queue of dead letters holds so many."""
        with self.working():
            self.wait_for(queue, count)

    def wait_for(self, queue: str, count: int) -> None:
        deadline = time.monotonic() + 30
        while self.dead(queue) != count:
            assert time.monotonic() < deadline, f"{self.dead(queue)} dead letters"
            time.sleep(0.02)

    def dead(self, queue: str) -> int:
        """Return how many dead letters a work queue has."""
        return self.broker.get_queue_message_counts(queue)[2]

    def kill_messages(self) -> None:
        """Leave an unknown actor's message, hostile bytes and an AuditClosed that could not be recorded."""
        self.publisher.publish(queues.FETCH, "unknown_actor", fetch("33001", "x"), priority=Priority.ON_DEMAND)
        self.broker.channel.basic_publish("", queues.FETCH, HOSTILE)
        self.die(queues.FETCH, 2)
        message = AuditClosed(audit=AuditId(campaign="c", code="33002"), unmeasured=Reason.POISON, rule_set="")
        self.publisher.publish(queues.LEDGER, queues.CLOSE_AUDIT, message)
        self.die(queues.LEDGER, 1)

    def fill(self, count: int) -> None:
        """Put many letters into one queue."""
        for number in range(count):
            self.broker.channel.basic_publish("", xq_name(queues.ANALYZE), f"letter {number}".encode())


@contextmanager
def open_office(url: str) -> Iterator[Office]:
    """Open the queues of a virtual host."""
    office = Office(url)
    try:
        yield office
    finally:
        office.broker.close()
