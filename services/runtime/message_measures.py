"""Measures the messages of a process: how many, how they end, how long they take and how long they waited."""

import threading
import time

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware

from services.contracts.messages import Priority
from services.runtime.clock import Clock
from services.runtime.message_marks import DUE, GAVE_UP, GIVEN_BACK, WAITED
from services.runtime.message_metrics import (
    IN_PROGRESS,
    MESSAGE_SECONDS,
    MESSAGE_WAIT,
    MESSAGES,
    STEPS,
    Outcome,
)


class MessageMeasures(Middleware):
    """Measures each message from the moment its handling starts.

    Among the middleware it comes after what makes messages wait and before what retries them, whose decisions it
    counts: dramatiq goes through the list backwards when a message ends.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._started: dict[int, float] = {}

    def before_delay_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Keep the time at which a retry is due: it waits for us only from then on."""
        message.options[DUE] = message.options["eta"]

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Note the start, and how long the message waited for it."""
        if message.actor_name not in STEPS:
            return
        with self._lock:
            self._started[id(message)] = time.monotonic()
        IN_PROGRESS.add(step=message.actor_name)
        since = message.options.get(DUE, message.message_timestamp)
        priority = Priority(message.options.get("broker_priority", Priority.CAMPAIGN)).name.lower()
        waited = max(0.0, self._clock.now().timestamp() - since / 1000)
        message.options[WAITED] = round(waited, 3)
        MESSAGE_WAIT.observe(waited, step=message.actor_name, priority=priority)

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002
        exception: BaseException | None = None,
    ) -> None:
        """Count the message by how it ended."""
        with self._lock:
            started = self._started.pop(id(message), None)
        if started is None:
            return
        step = message.actor_name
        IN_PROGRESS.add(-1, step=step)
        MESSAGE_SECONDS.observe(time.monotonic() - started, step=step)
        MESSAGES.add(step=step, outcome=outcome_of(message, exception))

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Count a message that was given back before its handler saw it."""
        self.after_process_message(broker, message)


def outcome_of(message: MessageProxy, exception: BaseException | None) -> Outcome:
    """Return how the handling of a message ended, once the retries have decided."""
    if message.options.get(GIVEN_BACK):
        return Outcome.GIVEN_BACK
    if message.failed or message.options.get(GAVE_UP):
        return Outcome.DEAD
    return Outcome.RETRY if exception is not None else Outcome.OK
