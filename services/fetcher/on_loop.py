"""The fetcher's handler as a resource of the actors' event loop, where its browser lives."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Self

from services.contracts.messages import FetchSite, SiteCaptured
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import ArtefactStore
from services.runtime.clock import SystemClock


class FetchOnLoop(AbstractAsyncContextManager["FetchOnLoop"]):
    """The fetcher's handler, opened on the event loop where its browser lives."""

    def __init__(self, settings: FetcherSettings, store: ArtefactStore) -> None:
        self._settings = settings
        self._store = store
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the network and the browser."""
        opening = open_fetcher(self._settings, self._store, SystemClock())
        self._handle = await self._stack.enter_async_context(opening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        await self._stack.__aexit__(kind, error, trace)

    async def __call__(self, message: FetchSite) -> SiteCaptured:
        """Capture a site."""
        return await self._handle(message)
