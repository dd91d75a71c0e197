"""The scheduler at the broker: AuditClosed in."""

from collections.abc import Callable

from dramatiq import Broker

from services.contracts import queues
from services.contracts.messages import AuditClosed
from services.runtime.edge import Publisher, declare_sync


def declare_actors(broker: Broker, handle: Callable[[AuditClosed], None], publisher: Publisher) -> None:
    """Declare the scheduler's actor on a broker."""
    declare_sync(
        broker,
        queues.CLOSE_AUDIT,
        queues.LEDGER,
        AuditClosed,
        handle,
        forward=None,
        publisher=publisher,
    )
