"""Publishes many messages on one connection and waits for the broker's answers together.

A confirmed publication on a blocking connection is a round trip each. Here the round trips overlap, as RabbitMQ's
guide to publisher confirms recommends; each message is confirmed all the same.
"""

# mypy: disable-error-code="import-untyped, no-untyped-call, misc"
from collections.abc import Sequence
from typing import Any, NamedTuple

import pika
import pika.exceptions

_FAREWELL_SECONDS = 1.0
"""How long a broker that was too slow may take to say good-bye."""


class Outgoing(NamedTuple):
    """A message for a queue: its bytes, and its priority in the queue."""

    body: bytes
    priority: int


class Bulk:
    """One batch on a connection of its own. ``error`` says why some of it was not confirmed."""

    def __init__(self, parameters: pika.ConnectionParameters, queue: str, messages: Sequence[Outgoing]) -> None:
        self._queue = queue
        self._messages = messages
        self._answered = 0
        self._open = set(range(len(messages)))
        self._refused: set[int] = set()
        self.error: BaseException | None = None
        self._connection = pika.SelectConnection(
            parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._confirming),
            on_open_error_callback=lambda _, error: self._end(error),
            on_close_callback=lambda _, error: self._end(error),
        )

    @property
    def unconfirmed(self) -> list[int]:
        """The places of the messages that the broker did not confirm; they may have arrived all the same."""
        return sorted(self._open | self._refused)

    def run(self, longest: float) -> None:
        """Publish, and return once each message is answered for, the connection is lost, or time is up (seconds)."""
        loop = self._connection.ioloop
        loop.call_later(longest, self._late)
        try:
            loop.start()
        except (pika.exceptions.AMQPError, OSError) as error:
            # A connection that is lost while a callback of ours uses it says so there.
            self.error = self.error or error
        finally:
            loop.close()

    def _confirming(self, channel: Any) -> None:  # noqa: ANN401  # pika's channel
        channel.add_on_close_callback(lambda _, error: self._close(error))
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._on_answer, callback=lambda _: self._publish(channel))

    def _publish(self, channel: Any) -> None:  # noqa: ANN401
        for place, message in enumerate(self._messages):
            properties = pika.BasicProperties(delivery_mode=2, priority=message.priority, message_id=str(place))
            channel.basic_publish("", self._queue, message.body, properties, mandatory=True)

    def _returned(self, _channel: Any, _method: Any, properties: pika.BasicProperties, _body: bytes) -> None:  # noqa: ANN401
        # Its confirmation follows, and must not count.
        self._refused.add(int(properties.message_id))
        self.error = pika.exceptions.UnroutableError([])

    def _on_answer(self, frame: Any) -> None:  # noqa: ANN401
        answer = frame.method
        first = self._answered if answer.multiple else answer.delivery_tag - 1
        places = set(range(first, answer.delivery_tag))
        if answer.multiple:
            self._answered = answer.delivery_tag
        if isinstance(answer, pika.spec.Basic.Nack):
            self._refused |= places & self._open
            self.error = pika.exceptions.NackError([])
        self._open -= places
        if not self._open:
            self._close(self.error)

    def _late(self) -> None:
        if self._connection.is_closed:
            return
        self._close(TimeoutError("the broker did not confirm in time"))
        self._connection.ioloop.call_later(_FAREWELL_SECONDS, self._connection.ioloop.stop)

    def _close(self, error: BaseException | None) -> None:
        self.error = self.error or error
        if not (self._connection.is_closing or self._connection.is_closed):
            self._connection.close()

    def _end(self, error: BaseException) -> None:
        if self._open:
            self.error = self.error or error
        self._connection.ioloop.stop()
