"""Counts the attempts at one message, so that a message which kills its worker is given up.

RabbitMQ says that a message was delivered before (``redelivered``), not how often, nor whether the work was
ever started. A small document per step of an audit, written before the work, says it: a killed process
leaves it behind. Waiting, prefetched and delayed messages leave none, so restarts never count against them.
"""

from contextlib import suppress
from dataclasses import dataclass

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware
from pydantic import ValidationError

from services.contracts.audits import AuditId
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, AuditError
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.runtime.artefacts import ArtefactStore
from services.runtime.broker import Draining, middleware_of
from services.runtime.message_marks import GIVEN_BACK, LOST
from services.runtime.servers import HOLD_SECONDS, Servers

MAX_ATTEMPTS = 3
"""Starts of one message that may end with the death of the process."""


class Poisoned(AuditError):
    """Every attempt at this message killed the process that worked on it."""

    kind = Reason.POISON


class _Marker(Record):
    attempt: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message to a step."""

    step: str
    audit: AuditId
    message_id: str
    redelivered: bool


def attempts_key(delivery: Delivery) -> str:
    """Return the key under which the attempts at a message are counted. A duplicate message counts for itself."""
    audit = delivery.audit
    return f"attempts/{audit.campaign}/{audit.code}/{audit.sequence}/{delivery.step}/{delivery.message_id}.json.zst"


class AttemptMarkers(Middleware):
    """The attempt counter of a process, found by the edge among the broker's middleware.

    What is counted is death: an attempt that ended in any way, but whose message is delivered again all the same, is
    forgotten.
    """

    def __init__(self, store: ArtefactStore) -> None:
        self._store = store
        self._begun: dict[str, tuple[Delivery, int]] = {}

    def begin(self, delivery: Delivery) -> int:
        """Write down that the work starts and return its attempt number, from 1.

        Raises Poisoned when MAX_ATTEMPTS were made already, and StoreUnavailable.
        """
        attempt = 1 + (self.count(delivery) if delivery.redelivered else 0)
        if attempt > MAX_ATTEMPTS:
            raise Poisoned(f"{delivery.step} of {delivery.audit} killed its process {MAX_ATTEMPTS} times")
        self._write(delivery, attempt)
        self._begun[delivery.message_id] = (delivery, attempt)
        return attempt

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        """Forget the attempt at a message that goes back to its queue, before it goes: others may take it at once."""
        servers = middleware_of(broker, Servers)
        if not message.options.get(GIVEN_BACK) or message.message_id not in self._begun:
            return
        # The store may be what the message goes back for.
        if servers is None or servers.wait(middleware_of(broker, Draining), HOLD_SECONDS):
            self._forget(message)

    def after_ack(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Forget the attempt at a message that was taken from us meanwhile: it is delivered again."""
        if message.options.get(LOST):
            self._forget(message)
        self._begun.pop(message.message_id, None)

    def after_nack(self, broker: Broker, message: MessageProxy) -> None:
        """Forget the attempt at a message that was taken from us meanwhile: it is delivered again."""
        self.after_ack(broker, message)

    def count(self, delivery: Delivery) -> int:
        """Return how many attempts at the message were started and not given back. Raises StoreUnavailable."""
        try:
            return _Marker.model_validate_json(self._store.get_document(attempts_key(delivery))).attempt
        except ArtefactMissing:
            return 0
        except (ArtefactCorrupt, ValidationError):
            # The process died while it wrote the marker: something was started.
            return 1

    def _forget(self, message: MessageProxy) -> None:
        begun = self._begun.pop(message.message_id, None)
        if begun is not None:
            delivery, attempt = begun
            with suppress(AuditError):
                self._write(delivery, attempt - 1)

    def _write(self, delivery: Delivery, attempt: int) -> None:
        self._store.put_document(attempts_key(delivery), _Marker(attempt=attempt).model_dump_json().encode())
