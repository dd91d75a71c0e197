"""Continues in each process the trace that a message carries, retries beside the first attempt."""

import threading

import structlog
from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware

from services.contracts.errors import AuditError
from services.contracts.reasons import Reason
from services.runtime.message_marks import TRACE
from services.runtime.message_measures import outcome_of
from services.runtime.tracing import Handling


class MessageTraces(Middleware):
    """Traces the handling of each message. It comes after what binds the log context, which it adds the trace to."""

    def __init__(self) -> None:
        self._here = threading.local()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Begin the span on the thread that handles the message."""
        context = message.options.get("context", {})
        attributes = {name: str(context[name]) for name in ("audit", "authority") if name in context}
        attributes |= {"attempt": str(int(message.options.get("retries", 0)) + 1)}
        if context.get("requests"):
            attributes["requests"] = " ".join(context["requests"])
        handling = Handling(message.actor_name, message.options.get(TRACE, {}), attributes)
        self._here.handling = handling
        if handling.trace is not None:
            structlog.contextvars.bind_contextvars(trace=handling.trace)

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002
        exception: BaseException | None = None,
    ) -> None:
        """End the span with the outcome of the message."""
        handling: Handling | None = self._here.__dict__.pop("handling", None)
        if handling is None:
            return
        kind = None
        if exception is not None:
            kind = (exception.kind if isinstance(exception, AuditError) else Reason.INTERNAL).value
        handling.end(outcome_of(message, exception).value, kind)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """End the span of a message that was given back before its handler saw it."""
        self.after_process_message(broker, message)
