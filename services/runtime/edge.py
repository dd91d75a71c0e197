"""The edge of every service: a message in, the handler, messages out, failures classified once."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import dramatiq
from dramatiq import Broker
from dramatiq.middleware import CurrentMessage

from services.contracts import queues
from services.contracts.errors import AuditError
from services.contracts.messages import AuditClosed, Message, Priority
from services.contracts.reasons import Reason
from services.runtime.broker import is_worth_retrying
from services.runtime.logging import get_logger

_log = get_logger(__name__)
M = TypeVar("M", bound=Message)


class Publisher(Protocol):
    """Sends a message to an actor of any service."""

    def publish(self, queue: str, actor: str, message: Message, *, priority: Priority = Priority.CAMPAIGN) -> None:
        """Enqueue a message. Returns once the broker has it."""


class Route(Protocol):
    """Where a handler's answer goes."""

    def __call__(self, answer: Message) -> None:
        """Publish the answer."""


def route(publisher: Publisher, queue: str, actor: str) -> Route:
    """Return the route to an actor."""

    def send(answer: Message) -> None:
        publisher.publish(queue, actor, answer)

    return send


def declare_sync(
    broker: Broker,
    name: str,
    queue: str,
    kind: type[M],
    handle: Callable[[M], Message | None],
    *,
    forward: Route | None,
    publisher: Publisher,
) -> None:
    """Declare an actor around a plain handler."""

    def run(body: str) -> None:
        message, started = kind.from_json(body), time.monotonic()
        try:
            answer = handle(message)
        except Exception as error:  # noqa: BLE001  # the outermost edge
            _fail(publisher, name, message, error, started)
            return
        _finish(name, forward, answer, started)

    dramatiq.actor(actor_name=name, queue_name=queue, broker=broker)(run)


def declare_async(
    broker: Broker,
    name: str,
    queue: str,
    kind: type[M],
    handle: Callable[[M], Awaitable[Message | None]],
    *,
    forward: Route | None,
    publisher: Publisher,
) -> None:
    """Declare an actor around a coroutine handler; it runs on the actors' event loop."""

    async def run(body: str) -> None:
        message, started = kind.from_json(body), time.monotonic()
        try:
            answer = await handle(message)
        except Exception as error:  # noqa: BLE001  # the outermost edge
            _fail(publisher, name, message, error, started)
            return
        _finish(name, forward, answer, started)

    dramatiq.actor(actor_name=name, queue_name=queue, broker=broker)(run)


def _finish(name: str, forward: Route | None, answer: Message | None, started: float) -> None:
    if forward is not None and answer is not None:
        forward(answer)
    _log.info("message handled", step=name, outcome="ok", seconds=round(time.monotonic() - started, 3))


def _fail(publisher: Publisher, name: str, message: Message, error: Exception, started: float) -> None:
    """Let the broker try again, or close the audit as unmeasured with the error's kind."""
    current = CurrentMessage.get_current_message()
    retries = int(current.options.get("retries", 0)) if current else 0
    kind = error.kind if isinstance(error, AuditError) else Reason.INTERNAL
    again = is_worth_retrying(retries, error)
    _log.warning(
        "message failed",
        step=name,
        outcome="retry" if again else "dead",
        kind=kind.value,
        retries=retries,
        seconds=round(time.monotonic() - started, 3),
        exc_info=error,
    )
    if again:
        raise error
    if name == queues.CLOSE_AUDIT:
        raise error
    publisher.publish(queues.LEDGER, queues.CLOSE_AUDIT, AuditClosed(audit=message.audit, unmeasured=kind, rule_set=""))
