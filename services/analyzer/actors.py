"""The analyzer at the broker: SiteCaptured in, SiteAnalyzed out."""

from collections.abc import Callable

from dramatiq import Broker

from services.contracts import queues
from services.contracts.messages import SiteAnalyzed, SiteCaptured
from services.runtime.edge import Publisher, declare_sync, route


def declare_actors(broker: Broker, handle: Callable[[SiteCaptured], SiteAnalyzed], publisher: Publisher) -> None:
    """Declare the analyzer's actor on a broker."""
    declare_sync(
        broker,
        queues.ANALYZE_SITE,
        queues.ANALYZE,
        SiteCaptured,
        handle,
        forward=route(publisher, queues.AGGREGATE, queues.RECORD_VERDICTS),
        publisher=publisher,
    )
