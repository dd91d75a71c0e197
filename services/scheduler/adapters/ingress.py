"""Consumes the requests for re-audits from RabbitMQ, one at a time, and answers for each once it is in the ledger."""

# mypy: disable-error-code="import-untyped, no-untyped-call"
import random
import threading
from collections.abc import Callable, Iterator

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from services.contracts import queues
from services.contracts.errors import AuditError, BrokerUnavailable
from services.runtime.backoff import delays
from services.runtime.broker_settings import BrokerSettings
from services.runtime.logging import get_logger
from services.runtime.rabbitmq import connection_parameters
from services.runtime.request_queue import declare_request_queue
from services.scheduler.handlers import Accepted, Refused

_log = get_logger(__name__)
_POLL_SECONDS = 0.5
MAX_KEPT_BYTES = 1_048_576
"""Bytes of a refused message that are kept; its header ``size`` says how long it was."""
_MAX_DETAIL = 300

Take = Callable[[bytes, object], Accepted | Refused]


class RequestConsumer:
    """Takes requests until told to stop. A server that is away makes it wait; it never loses a request.

    ``take`` carries out one message and raises a retryable AuditError while the database is away: the message is
    held meanwhile, and none is taken before ``database_answers`` returns, because the queue counts deliveries and
    gives a message up after the fourth. What ``take`` raises besides is a defect: the message is delivered again,
    until the server moves it to the rejected ones.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        take: Take,
        *,
        database_answers: Callable[[], object],
        on_accepted: Callable[[], None],
    ) -> None:
        self._parameters = connection_parameters(settings)
        self._longest_wait = settings.amqp_max_reconnect_delay
        self._take = take
        self._database_answers = database_answers
        self._on_accepted = on_accepted
        self._stop = threading.Event()
        self.ready = False
        """Whether requests are being taken."""

    @property
    def stopping(self) -> bool:
        """Whether the consumer was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Take nothing more; the request in hand is answered first, or goes back to the queue."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``, on a fresh connection after each failure."""
        waits = self._waits()
        while not self._stop.is_set():
            try:
                self._database_answers()
                with pika.BlockingConnection(self._parameters) as connection:
                    declare_request_queue(connection.channel())
                    waits = self._waits()
                    self._consume(connection)
            except (AuditError, pika.exceptions.AMQPError, OSError) as error:
                pause = next(waits)
                _log.warning(
                    "requests cannot be taken", error=str(error) or repr(error), next_try_seconds=round(pause, 1)
                )
                self.ready = False
                self._stop.wait(pause)
        self.ready = False

    def _consume(self, connection: pika.BlockingConnection) -> None:
        channel, refusing = connection.channel(), connection.channel()
        channel.basic_qos(prefetch_count=1)
        refusing.confirm_delivery()
        for method, properties, body in channel.consume(queues.REQUESTS, inactivity_timeout=_POLL_SECONDS):
            self.ready = True
            if method is not None:
                self._answer(connection, channel, refusing, (method.delivery_tag, properties, body))
            if self._stop.is_set():
                return
        raise BrokerUnavailable("the server cancelled our consumer")

    def _answer(
        self,
        connection: pika.BlockingConnection,
        channel: BlockingChannel,
        refusing: BlockingChannel,
        message: tuple[int, pika.BasicProperties, bytes],
    ) -> None:
        """Carry out one message and acknowledge it last; without that the server delivers it again."""
        tag, properties, body = message
        try:
            outcome = self._taken(connection, body, properties.message_id)
        except (pika.exceptions.AMQPError, OSError):
            raise
        except Exception:  # noqa: BLE001  # the outermost edge of one message: a defect does not stop those behind it
            _log.exception("a request could not be handled")
            channel.basic_nack(tag, requeue=True)
            return
        if outcome is None:
            return
        if isinstance(outcome, Refused):
            _publish_refused(refusing, outcome, properties, body)
        channel.basic_ack(tag)
        if isinstance(outcome, Accepted):
            self._on_accepted()

    def _taken(self, connection: pika.BlockingConnection, body: bytes, message_id: object) -> Accepted | Refused | None:
        """Carry out a message, holding it while the database is away; None when told to stop before it came back."""
        for pause in self._waits():
            try:
                return self._take(body, message_id)
            except AuditError as error:
                if not error.retryable:
                    raise
                self.ready = False
                _log.warning("a request is held", error=str(error), next_try_seconds=round(pause, 1))
                # Unlike a plain sleep, this answers the server's heartbeats.
                connection.sleep(pause)
                if self._stop.is_set():
                    return None
        raise AssertionError("the delays never end")

    def _waits(self) -> Iterator[float]:
        return delays(random.random, longest=self._longest_wait)


def _publish_refused(channel: BlockingChannel, refused: Refused, properties: pika.BasicProperties, body: bytes) -> None:
    """Publish a refused message with its reason; returns once the server keeps it."""
    channel.basic_publish(
        "",
        queues.REQUESTS_REJECTED,
        body[:MAX_KEPT_BYTES],
        pika.BasicProperties(
            content_type=properties.content_type,
            message_id=properties.message_id,
            delivery_mode=2,
            headers={
                "reason": refused.rejection.value,
                "detail": refused.detail[:_MAX_DETAIL],
                "request": refused.request_id,
                "size": len(body),
            },
        ),
        mandatory=True,
    )
