"""The embedded broker, and the middleware that every process uses."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

import structlog
from dramatiq import Broker, MessageProxy, Worker
from dramatiq import Message as Envelope
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerError
from dramatiq.middleware import AsyncIO, CurrentMessage, Middleware, Retries, TimeLimit

from services.contracts.errors import AuditError
from services.contracts.messages import FetchSite, Message, Priority
from services.runtime.clock import SystemClock
from services.runtime.message_marks import TRACE
from services.runtime.message_measures import MessageMeasures
from services.runtime.message_metrics import PUBLICATIONS, Result
from services.runtime.message_traces import MessageTraces
from services.runtime.tracing import sent

MAX_RETRIES = 3
MIN_BACKOFF_MS = 1_000
MAX_BACKOFF_MS = 60_000
TIME_LIMIT_MS = 300_000
"""The last net; budgets inside the handlers are far below it."""

_MANY: Final = 20
"""Messages from which on a connection of their own pays."""

K = TypeVar("K", bound=Middleware)


def is_worth_retrying(retries: int, error: BaseException) -> bool:
    """Whether a failed message is delivered again: its error says so, and it has tries left.

    An error outside our hierarchy is a defect; it is tried again because a second delivery is harmless.
    """
    return retries < MAX_RETRIES and (error.retryable if isinstance(error, AuditError) else True)


class DaemonAsyncIO(AsyncIO):
    """Runs async actors on a daemon loop thread, so that a process can always exit."""

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Start the loop; a loaded machine may need more than the library's one second."""
        thread = EventLoopThread(self.logger)
        thread.daemon = True
        thread.start(timeout=30)
        set_event_loop_thread(thread)


class LoopResources(Middleware):
    """Opens async resources on the actors' loop before the worker boots, closes them before it stops.

    dramatiq swallows what a middleware raises: ``failure`` keeps it, and whoever starts the worker must look.
    """

    def __init__(self, *resources: AbstractAsyncContextManager[object]) -> None:
        self._resources = resources
        self._stack = AsyncExitStack()
        self.failure: Exception | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Open the resources in order."""
        try:
            for resource in self._resources:
                _on_loop(self._stack.enter_async_context(resource))
        except Exception as error:  # noqa: BLE001  # kept for whoever started the worker
            self.failure = error

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        """Close the resources, last first."""
        _on_loop(self._stack.aclose())


class Correlation(Middleware):
    """Carries the audit's identity through messages and binds it on every log line of a handler."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Bind what the message carries."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(actor=message.actor_name, **message.options.get("context", {}))

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,  # noqa: ARG002
        *,
        result: Any = None,  # noqa: ANN401, ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        """Forget it."""
        structlog.contextvars.clear_contextvars()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Forget it."""
        structlog.contextvars.clear_contextvars()


class Draining(Middleware):
    """Says that the process was asked to stop. From then on a failure is ours, never the site's."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def begin(self) -> None:
        """Take no new work, and give back what fails."""
        self._asked.set()

    def begun(self, *, within: float = 0.0) -> bool:
        """Whether the process is stopping, or is asked to within some seconds."""
        return self._asked.wait(within)


def middleware_of(broker: Broker, kind: type[K]) -> K | None:
    """Return the broker's middleware of a kind, if it has one."""
    return next((middleware for middleware in broker.middleware if isinstance(middleware, kind)), None)


@runtime_checkable
class PublishesTogether(Protocol):
    """A broker that publishes many messages faster together than one after the other."""

    def enqueue_all(self, messages: Sequence[Envelope[Any]]) -> tuple[list[int], BaseException | None]:
        """Publish messages of one queue; return the places of those that were not confirmed, and why."""


class BrokerPublisher:
    """Publishes messages by name, so that a service needs no other service's code."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def publish(self, queue: str, actor: str, message: Message, *, priority: Priority = Priority.CAMPAIGN) -> None:
        """Enqueue a message for an actor that may live in another process."""
        try:
            self._broker.enqueue(_envelope(queue, actor, message, priority))
        except BaseException:
            PUBLICATIONS.add(result=Result.FAILED)
            raise
        PUBLICATIONS.add(result=Result.OK)

    def publish_all(
        self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
    ) -> tuple[list[Message], BaseException | None]:
        """Enqueue messages; return those that the broker did not confirm, and the first error.

        What was not confirmed may have arrived all the same.
        """
        envelopes = [_envelope(queue, actor, message, priority) for message, priority in messages]
        if len(messages) >= _MANY and isinstance(self._broker, PublishesTogether):
            undone, error = self._broker.enqueue_all(envelopes)
        else:
            undone, error = _one_by_one(self._broker, envelopes)
        PUBLICATIONS.add(len(messages) - len(undone), result=Result.OK)
        PUBLICATIONS.add(len(undone), result=Result.FAILED)
        return [messages[place][0] for place in undone], error


def _envelope(queue: str, actor: str, message: Message, priority: Priority) -> Envelope[Any]:
    context: dict[str, object] = {"audit": str(message.audit), "authority": message.audit.code}
    # What follows from a message answers the same requests.
    bound = structlog.contextvars.get_contextvars()
    requests = message.requests if isinstance(message, FetchSite) else bound.get("requests")
    if requests:
        context["requests"] = list(requests)
    options: dict[str, object] = {"context": context, "broker_priority": int(priority)}
    trace = sent(actor, {"audit": str(message.audit), "authority": message.audit.code, "queue": queue})
    if trace:
        options[TRACE] = trace
    return Envelope(queue_name=queue, actor_name=actor, args=(message.to_json(),), kwargs={}, options=options)


def _one_by_one(broker: Broker, envelopes: Sequence[Envelope[Any]]) -> tuple[list[int], BaseException | None]:
    for place, envelope in enumerate(envelopes):
        try:
            broker.enqueue(envelope)
        except (BrokerError, OSError) as error:
            return list(range(place, len(envelopes))), error
    return [], None


def open_embedded_broker(queues: Iterable[str], *, resources: LoopResources | None = None) -> StubBroker:
    """Return dramatiq's in-process broker with our middleware and these queues declared."""
    broker = StubBroker(
        middleware=[
            MessageMeasures(SystemClock()),
            TimeLimit(time_limit=TIME_LIMIT_MS),
            CurrentMessage(),
            Retries(min_backoff=MIN_BACKOFF_MS, max_backoff=MAX_BACKOFF_MS, retry_when=is_worth_retrying),
            Correlation(),
            MessageTraces(),
            DaemonAsyncIO(),
            resources or LoopResources(),
        ]
    )
    for queue in queues:
        broker.declare_queue(queue)
    return broker


def _on_loop(coroutine: Any) -> None:  # noqa: ANN401
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("the actors' event loop is not running")
    thread.run_coroutine(coroutine)
