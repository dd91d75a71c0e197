"""The aggregator at the broker: SiteAnalyzed in, AuditClosed out."""

from collections.abc import Callable

from dramatiq import Broker

from services.contracts import queues
from services.contracts.messages import AuditClosed, SiteAnalyzed
from services.runtime.edge import Publisher, declare_sync, route


def declare_actors(broker: Broker, handle: Callable[[SiteAnalyzed], AuditClosed], publisher: Publisher) -> None:
    """Declare the aggregator's actor on a broker."""
    declare_sync(
        broker,
        queues.RECORD_VERDICTS,
        queues.AGGREGATE,
        SiteAnalyzed,
        handle,
        forward=route(publisher, queues.LEDGER, queues.CLOSE_AUDIT),
        publisher=publisher,
    )
