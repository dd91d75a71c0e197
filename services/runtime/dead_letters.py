"""The dead letters on RabbitMQ: looked at without taking them, sent back, thrown away."""

# mypy: disable-error-code="import-untyped, no-untyped-call"
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pika
import pika.exceptions
from dramatiq.common import xq_name
from pika.adapters.blocking_connection import BlockingChannel

from services.contracts import queues
from services.contracts.errors import BadInput, BrokerUnavailable
from services.runtime.broker_errors import reason, unusable
from services.runtime.broker_settings import BrokerSettings
from services.runtime.letter import Letter, read_letter, renewed
from services.runtime.logging import get_logger
from services.runtime.rabbitmq import connection_parameters

ORIGINS = {xq_name(name): name for name in queues.WORK_QUEUES} | {queues.REQUESTS_REJECTED: queues.REQUESTS}
"""Every queue of dead letters, and the queue its letters came from."""

_log = get_logger(__name__)
_LOGGED_BODY = 2_000
_NOT_FOUND = 404

Wanted = Callable[[Letter], bool]


def dead_letter_queue(name: str) -> str:
    """Return the queue of dead letters that an operator means by its own name or its work queue's. Raises BadInput."""
    found = next((dead for dead, origin in ORIGINS.items() if name in (dead, origin)), None)
    if found is None:
        raise BadInput(f"--queue {name[:100]}: no such queue; there are {', '.join(ORIGINS)}")
    return found


class DeadLetters:
    """The queues of dead letters, over one connection.

    A letter that is looked at is held until the look ends and then stands where it stood, so nothing is lost when
    this process dies; meanwhile nobody else sees it. A look is bounded by what the queue held when it began.
    """

    def __init__(self, connection: pika.BlockingConnection) -> None:
        self._connection = connection

    def count(self, queue: str) -> int:
        """Return how many letters a queue holds that nobody is looking at; 0 where the queue does not exist."""
        channel = self._connection.channel()
        try:
            found: int = channel.queue_declare(queue, passive=True).method.message_count
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != _NOT_FOUND:
                raise
            return 0
        channel.close()
        return found

    def look(self, queue: str, limit: int | None = None) -> Iterator[Letter]:
        """Yield the letters of a queue, oldest first, at most ``limit``; they stay where they are."""
        for _, _, letter, _ in self._held(queue, limit):
            yield letter

    def retry(self, queue: str, wanted: Wanted) -> Iterator[Letter]:
        """Send the wanted letters back to where they came from, as new; yield each once that is done.

        The broker has confirmed the new message before the letter goes: whatever happens in between, it is there
        twice and never lost. Raises BrokerUnavailable when the queue it came from refuses it or does not exist.
        """
        origin = ORIGINS[queue]
        sending = self._connection.channel()
        sending.confirm_delivery()
        for channel, tag, letter, properties in self._held(queue):
            if not wanted(letter):
                continue
            again = pika.BasicProperties(
                content_type=properties.content_type,
                delivery_mode=2,
                priority=properties.priority,
                message_id=properties.message_id,
            )
            try:
                sending.basic_publish("", origin, renewed(letter, origin), again, mandatory=True)
            except (pika.exceptions.UnroutableError, pika.exceptions.NackError) as error:
                what = "does not exist" if isinstance(error, pika.exceptions.UnroutableError) else "refuses messages"
                raise BrokerUnavailable(f"{letter.id} stays in {queue}: {origin} {what}") from error
            channel.basic_ack(tag)
            _log.info("dead letter sent back", queue=queue, to=origin, **_logged(letter))
            yield letter
        sending.close()

    def discard(self, queue: str, wanted: Wanted) -> Iterator[Letter]:
        """Delete the wanted letters; the log says what they were, before they go. Yield each."""
        for channel, tag, letter, _ in self._held(queue):
            if wanted(letter):
                body = repr(letter.body[:_LOGGED_BODY])
                _log.warning("dead letter discarded", queue=queue, body=body, size=len(letter.body), **_logged(letter))
                channel.basic_ack(tag)
                yield letter

    def _held(
        self, queue: str, limit: int | None = None
    ) -> Iterator[tuple[BlockingChannel, int, Letter, pika.BasicProperties]]:
        """Yield the letters without answering for them; what is unanswered at the end goes back to its place."""
        at_most = self.count(queue)
        if limit is not None:
            at_most = min(limit, at_most)
        if not at_most:
            return
        channel = self._connection.channel()
        try:
            for _ in range(at_most):
                method, properties, body = channel.basic_get(queue)
                if method is None:
                    return
                letter = read_letter(
                    queue,
                    body,
                    headers=properties.headers,
                    message_id=properties.message_id,
                    raw=queue == queues.REQUESTS_REJECTED,
                )
                yield channel, method.delivery_tag, letter, properties
        finally:
            if channel.is_open:
                channel.close()


@contextmanager
def open_dead_letters(settings: BrokerSettings) -> Iterator[DeadLetters]:
    """Connect to the broker for the length of the block. Raises BadInput for settings, BrokerUnavailable."""
    parameters = connection_parameters(settings)
    try:
        with pika.BlockingConnection(parameters) as connection:
            yield DeadLetters(connection)
    except (pika.exceptions.AMQPError, OSError) as error:
        where = f"AUDIT_AMQP_URL: the broker at {parameters.host}:{parameters.port}"
        away = BrokerUnavailable(f"{where} is not available: {reason(error)}")
        raise unusable(error, parameters.host) or away from error


def _logged(letter: Letter) -> dict[str, object]:
    return {"id": letter.id, "actor": letter.actor, "audit": str(letter.audit) if letter.audit else None}
