"""What happens on a page while it is shown: its requests, its documents, its dialogs and pop-ups."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Dialog, Download, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from services.fetcher.domain.meter import Meter

MAX_DOCUMENTS = 20
MAX_SHOWN = 5
"""Pages that one address may lead to, one after the other, without a click."""
MAX_DIALOGS = 10
MAX_POPUPS = 10
_UNENDING = frozenset({"ping", "media", "websocket", "eventsource", "texttrack"})
_REPEATS = 3
"""Requests of one address after which it is a poller, and no sign that the page is still loading."""


class PageEvents:
    """Listens to one page during one render. Use as a context manager.

    ``requests`` are in order of sending, at most ``max_requests``. ``documents`` are the responses of
    the page's own navigations, redirects included; ``arrivals`` counts those beyond their bound too.
    ``nuisance`` is set when the page opens dialogs or windows without end. ``downloaded`` tells that the
    page turned into a download.
    """

    def __init__(self, page: Page, max_requests: int, meter: Meter | None = None) -> None:
        self._page = page
        self._context: BrowserContext = page.context
        self._max_requests = max_requests
        self._meter = meter
        self._in_flight: set[Request] = set()
        self._seen: Counter[str] = Counter()
        self._closing: set[asyncio.Task[None]] = set()
        self._last_change = asyncio.get_running_loop().time()
        self._dialogs = 0
        self._popups = 0
        self.requests: list[Request] = []
        self.documents: list[Response] = []
        self.arrivals = 0
        self.downloaded = False
        self.nuisance = asyncio.Event()

    def __enter__(self) -> Self:
        self._page.on("request", self._on_request)
        self._page.on("response", self._on_response)
        self._page.on("requestfinished", self._on_end)
        self._page.on("requestfailed", self._on_end)
        self._page.on("dialog", self._on_dialog)
        self._page.on("download", self._on_download)
        self._context.on("page", self._on_page)
        return self

    def __exit__(self, *_: object) -> None:
        self._page.remove_listener("request", self._on_request)
        self._page.remove_listener("response", self._on_response)
        self._page.remove_listener("requestfinished", self._on_end)
        self._page.remove_listener("requestfailed", self._on_end)
        self._page.remove_listener("dialog", self._on_dialog)
        self._page.remove_listener("download", self._on_download)
        self._context.remove_listener("page", self._on_page)

    @property
    def wanders(self) -> bool:
        """Whether the page has left for another one so often that it will not stop."""
        shown = {response.url for response in self.documents if response.status < 300}
        return len(shown) > MAX_SHOWN

    def quiet_for(self) -> float:
        """Return for how many seconds nothing that matters has been loading, 0 while something is."""
        return 0.0 if self._in_flight else asyncio.get_running_loop().time() - self._last_change

    async def quiescence(self, *, quiet: float, cap: float) -> bool:
        """Wait until the page has been quiet for so many seconds, at most ``cap``; tell whether it was."""
        end = asyncio.get_running_loop().time() + cap
        while (quiet_for := self.quiet_for()) < quiet:
            if asyncio.get_running_loop().time() >= end:
                return False
            await asyncio.sleep(max(0.02, min(quiet - quiet_for, 0.1)))
        return True

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        if self._meter is not None and request.url.startswith("https:"):
            # The egress proxy counts plain requests itself, and sees none of those inside TLS.
            self._meter.sent()
        if len(self.requests) < self._max_requests:
            self.requests.append(request)
        address = request.url.split("?", 1)[0]
        self._seen[address] += 1
        if request.resource_type not in _UNENDING and self._seen[address] <= _REPEATS:
            self._in_flight.add(request)
            self._touch()

    def _on_response(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and self._of_page(request):
            self.arrivals += 1
            if len(self.documents) < MAX_DOCUMENTS:
                self.documents.append(response)

    def _on_end(self, request: Request) -> None:
        if request in self._in_flight:
            self._in_flight.discard(request)
            self._touch()

    def _touch(self) -> None:
        self._last_change = asyncio.get_running_loop().time()

    def _of_page(self, request: Request) -> bool:
        try:
            return request.frame == self._page.main_frame
        except PlaywrightError:
            # The frame is not known yet: true of nothing but a navigation that is being committed.
            return False

    def _on_dialog(self, dialog: Dialog) -> None:
        self._dialogs += 1
        if self._dialogs > MAX_DIALOGS:
            self.nuisance.set()
        # Dismissing "leave this page?" would keep us on it.
        self._spawn(dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())

    def _on_download(self, download: Download) -> None:
        self.downloaded = True
        self._spawn(download.cancel())

    def _on_page(self, popup: Page) -> None:
        self._popups += 1
        if self._popups > MAX_POPUPS:
            self.nuisance.set()
        self._spawn(popup.close())

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        async def quietly() -> None:
            try:
                await coroutine
            except PlaywrightError:
                # It closed by itself, which is what was wanted.
                return

        task = asyncio.ensure_future(quietly())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def is_web_address(url: str) -> bool:
    """Whether a URL is http or https: nothing else is shown or recorded as a page."""
    return urlsplit(url).scheme in ("http", "https")
