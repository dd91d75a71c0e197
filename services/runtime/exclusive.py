"""Decides what may be worked on at the same time in a process.

Two rules. Two copies of one message never run at once: RabbitMQ delivers a message again when its connection
is lost or its acknowledgement is late, while the work still goes on here. And a message whose earlier attempt
died with its process runs alone: if it kills again, it kills nobody else's work, and no innocent neighbour is
taken for the killer.
"""

import threading

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware, SkipMessage

from services.contracts.audits import AuditId
from services.contracts.errors import AuditError
from services.runtime.attempts import AttemptMarkers, Delivery
from services.runtime.broker import Draining
from services.runtime.message_marks import GIVEN_BACK


class Exclusive(Middleware):
    """Makes messages wait for one another. One that waits is given back when the process stops."""

    def __init__(self, draining: Draining, markers: AttemptMarkers | None) -> None:
        self._draining = draining
        self._markers = markers
        self._changed = threading.Condition()
        self._running: dict[str, int] = {}
        self._alone = False
        self._suspects_waiting = 0

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Wait until the message may run."""
        suspect = self._is_suspect(message)
        with self._changed:
            self._suspects_waiting += suspect
            try:
                while not self._may_run(message, suspect=suspect):
                    if self._draining.begun():
                        message.options[GIVEN_BACK] = True
                        raise SkipMessage
                    self._changed.wait(0.2)
            finally:
                self._suspects_waiting -= suspect
            self._running[message.message_id] = threading.get_ident()
            self._alone = suspect

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        """Let those that wait go on."""
        with self._changed:
            if self._running.get(message.message_id) == threading.get_ident():
                del self._running[message.message_id]
                self._alone = False
            self._changed.notify_all()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Let those that wait go on."""
        self.after_process_message(broker, message)

    def _may_run(self, message: MessageProxy, *, suspect: bool) -> bool:
        if suspect:
            return not self._running
        return not self._alone and not self._suspects_waiting and message.message_id not in self._running

    def _is_suspect(self, message: MessageProxy) -> bool:
        if self._markers is None or not getattr(message, "redelivered", False):
            return False
        try:
            audit = AuditId.parse(message.options.get("context", {}).get("audit", ""))
            delivery = Delivery(message.actor_name, audit, message.message_id, redelivered=True)
            return self._markers.count(delivery) > 0
        except AuditError:
            # The edge meets the same trouble and deals with it.
            return False
