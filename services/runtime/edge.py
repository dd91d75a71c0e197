"""The edge of every service: a message in, the handler, messages out, failures classified once."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import dramatiq
from dramatiq import Broker
from dramatiq.asyncio import async_to_sync
from dramatiq.middleware import CurrentMessage, TimeLimitExceeded

from services.contracts import queues
from services.contracts.errors import AuditError
from services.contracts.messages import AuditClosed, Message, Priority, SiteCaptured
from services.contracts.reasons import Reason
from services.runtime.attempts import AttemptMarkers, Delivery
from services.runtime.broker import Draining, is_worth_retrying, middleware_of
from services.runtime.logging import get_logger
from services.runtime.message_marks import GAVE_UP, WAITED
from services.runtime.message_metrics import MESSAGE_FAILURES
from services.runtime.servers import ServerAway, Servers

_log = get_logger(__name__)
M = TypeVar("M", bound=Message)
_SIGNAL_SETTLES = 0.2
"""Seconds in which a signal that was already sent reaches this process."""


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
            _begin(broker, name, message)
            answer = handle(message)
        except (Exception, TimeLimitExceeded) as error:  # noqa: BLE001  # the outermost edge
            _fail(broker, publisher, name, message, _outage(broker, error) or error, started)
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
    """Declare an actor around a coroutine handler; it runs on the actors' event loop.

    Everything around it stays on the worker's thread: a publication that waits for the broker must not
    stop the other coroutines.
    """

    async def call(message: M) -> Message | None:
        return await handle(message)

    declare_sync(broker, name, queue, kind, async_to_sync(call), forward=forward, publisher=publisher)


def is_repeated() -> bool:
    """Whether the message in hand was worked on before, or may have been; to be asked within an actor."""
    current = CurrentMessage.get_current_message()
    return current is not None and bool(current.options.get("retries") or getattr(current, "redelivered", False))


def _begin(broker: Broker, name: str, message: Message) -> None:
    """Count the attempt where the broker counts them. Raises Poisoned, StoreUnavailable."""
    markers, current = middleware_of(broker, AttemptMarkers), CurrentMessage.get_current_message()
    if markers is not None and current is not None:
        redelivered = getattr(current, "redelivered", False)
        markers.begin(Delivery(name, message.audit, current.message_id, redelivered=redelivered))


def _is_draining(broker: Broker, *, within: float = 0.0) -> bool:
    draining = middleware_of(broker, Draining)
    return draining is not None and draining.begun(within=within)


def _outage(broker: Broker, error: BaseException) -> ServerAway | None:
    """Return the outage of a server of ours behind a failure, if that is what it is."""
    servers = middleware_of(broker, Servers)
    return servers.explain(error) if servers is not None else None


def _finish(name: str, forward: Route | None, answer: Message | None, started: float) -> None:
    if forward is not None and answer is not None:
        forward(answer)
    stored = answer.bytes_stored if isinstance(answer, SiteCaptured) else None
    _log.info("message handled", outcome="ok", bytes=stored, **_canonical(name, started))


def _canonical(name: str, started: float) -> dict[str, object]:
    """Return what the one line of each message says besides its context: the audit, the requests it answers."""
    current = CurrentMessage.get_current_message()
    options = current.options if current is not None else {}
    return {
        "step": name,
        "attempt": int(options.get("retries", 0)) + 1,
        "waited": options.get(WAITED),
        "seconds": round(time.monotonic() - started, 3),
    }


def _outcome(broker: Broker, retries: int, error: BaseException) -> str:
    if isinstance(error, ServerAway) or _is_draining(broker):
        return "given back"
    if is_worth_retrying(retries, error):
        return "retry"
    passing = error.retryable if isinstance(error, AuditError) else True
    # A signal to the whole process group ends the browser before our own handler has run.
    if passing and _is_draining(broker, within=_SIGNAL_SETTLES):
        return "given back"
    return "dead"


def _fail(
    broker: Broker, publisher: Publisher, name: str, message: Message, error: BaseException, started: float
) -> None:
    """Let the broker try again, or close the audit as unmeasured with the error's kind."""
    current = CurrentMessage.get_current_message()
    retries = int(current.options.get("retries", 0)) if current else 0
    kind = error.kind if isinstance(error, AuditError) else Reason.INTERNAL
    outcome = _outcome(broker, retries, error)
    if outcome != "given back":
        MESSAGE_FAILURES.add(step=name, kind=kind)
    _log.warning(
        "message failed",
        outcome=outcome,
        kind=kind.value,
        exc_info=error,
        **_canonical(name, started),
    )
    if outcome != "dead" or name == queues.CLOSE_AUDIT:
        raise error
    publisher.publish(queues.LEDGER, queues.CLOSE_AUDIT, AuditClosed(audit=message.audit, unmeasured=kind, rule_set=""))
    if current is not None:
        current.options[GAVE_UP] = True
