"""Sites start when there is room for them; the wait is no part of a site's budget."""

from services.contracts.messages import FetchSite, SiteCaptured
from services.fetcher.handlers.fetch_site import FetchSiteHandler
from services.fetcher.metrics import START_DELAY
from services.fetcher.ports import Gate
from services.runtime.clock import Clock


class AdmittedHandler:
    """Handles FetchSite as the handler inside does, once the gate lets it."""

    def __init__(self, handler: FetchSiteHandler, gate: Gate, clock: Clock) -> None:
        self._clock = clock
        self._handler = handler
        self._gate = gate

    async def __call__(self, message: FetchSite) -> SiteCaptured:
        """Capture the site; its budget begins when it has its place."""
        async with self._gate.place():
            if message.asked_at is not None:
                START_DELAY.observe((self._clock.now() - message.asked_at).total_seconds())
            return await self._handler(message)
