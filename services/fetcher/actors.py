"""The fetcher at the broker: FetchSite in, SiteCaptured out."""

from collections.abc import Awaitable, Callable

from dramatiq import Broker

from services.contracts import queues
from services.contracts.messages import FetchSite, SiteCaptured
from services.runtime.edge import Publisher, declare_async, is_repeated, route


def declare_actors(
    broker: Broker, handle: Callable[[FetchSite], Awaitable[SiteCaptured]], publisher: Publisher
) -> None:
    """Declare the fetcher's actor on a broker."""

    async def fetch(message: FetchSite) -> SiteCaptured:
        # How late a re-audit starts is told by its first start alone.
        return await handle(message.model_copy(update={"asked_at": None}) if is_repeated() else message)

    declare_async(
        broker,
        queues.FETCH_SITE,
        queues.FETCH,
        FetchSite,
        fetch,
        forward=route(publisher, queues.ANALYZE, queues.ANALYZE_SITE),
        publisher=publisher,
    )
