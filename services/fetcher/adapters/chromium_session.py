"""One browser context: shows pages one after the other in one viewport, and tells what it saw."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from playwright.async_api import BrowserContext, CDPSession, Page, Response
from playwright.async_api import Cookie as BrowserCookie
from playwright.async_api import Error as PlaywrightError

from services.contracts.accessibility import AxeRecord
from services.contracts.capture import Cookie, Hop, LayoutMetrics
from services.contracts.errors import BrowserUnavailable
from services.contracts.failures import FailureKind, reason_of, status_kind
from services.fetcher.adapters.axe import MOST_ELEMENTS, run_axe
from services.fetcher.adapters.browser_flags import Device
from services.fetcher.adapters.documents import ShownDocument, read_document, read_frames, read_source
from services.fetcher.adapters.failure_notes import FailureNotes
from services.fetcher.adapters.isolated_world import IsolatedWorld, PageUnreadable
from services.fetcher.adapters.layout import contents_size, measure
from services.fetcher.adapters.navigation import Arrival, follow_refresh, go
from services.fetcher.adapters.page_events import PageEvents, is_web_address
from services.fetcher.adapters.paint import PaintTimes
from services.fetcher.adapters.request_log import hops, request_records
from services.fetcher.adapters.screenshots import Camera
from services.fetcher.domain.browser_failures import proxy_refusal, site_failure
from services.fetcher.domain.media_types import is_readable
from services.fetcher.domain.meta_refresh import refresh_delay
from services.fetcher.domain.meter import current_meter
from services.fetcher.domain.proxy_messages import EGRESS_HEADER
from services.fetcher.metrics import PAGE_CRASHES
from services.fetcher.ports import Rendered
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import Clock

MAX_CLIENT_REDIRECTS = 3
MAX_COOKIES = 100
OTHER_TELEPHONES = ((412, 915), (320, 640))
"""A large telephone, and the width at which WCAG 1.4.10 wants no scrolling sideways, in CSS pixels."""
_BEYOND_PAGE_SECONDS = 75.0
"""Time for everything after the document arrived: the sum of the steps' own limits, nearly."""


class ChromiumSession:
    """Shows pages in one context. ``gone`` is set when its page or browser died."""

    def __init__(
        self,
        page: Page,
        cdp: CDPSession,
        device: Device,
        *,
        gone: asyncio.Event,
        settings: FetcherSettings,
        clock: Clock,
        notes: FailureNotes | None = None,
    ) -> None:
        self._page = page
        self._context: BrowserContext = page.context
        self._cdp = cdp
        self._device = device
        self._gone = gone
        self._settings = settings
        self._clock = clock
        self._notes = notes or FailureNotes()
        self._world = IsolatedWorld(cdp)
        self._camera = Camera(cdp, device)
        self._paint = PaintTimes(cdp)
        self._first = True
        page.on("crash", self._crashed)

    def _crashed(self, _: Page) -> None:
        PAGE_CRASHES.add()
        self._gone.set()

    async def render(self, url: str, *, screenshots: bool) -> Rendered:
        """Show a page and return what was seen. Raises BrowserUnavailable when the browser died."""
        at = self._clock.now()
        if not is_web_address(url):
            kind = FailureKind.FORBIDDEN_ADDRESS
            return Rendered(url=url, failure=reason_of(kind), kind=kind, detail="not a web address", at=at)
        work = asyncio.ensure_future(self._render(url, at, screenshots=screenshots))
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait(
                {work, gone},
                timeout=self._settings.page_timeout + _BEYOND_PAGE_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if work.done() and not work.cancelled() and work.exception() is None:
                return work.result()
            if self._gone.is_set():
                raise BrowserUnavailable(f"the browser died while it showed {url}")
            if work.done():
                return await work
            kind = FailureKind.RENDER_TIMEOUT
            return Rendered(url=url, failure=reason_of(kind), kind=kind, detail="the page took all its time", at=at)
        except PlaywrightError as error:
            # A step that no site can make fail: the driver or the browser is unwell.
            raise BrowserUnavailable(error.message.splitlines()[0][:300]) from error
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    async def _render(self, url: str, at: datetime, *, screenshots: bool) -> Rendered:
        await self._world.allow_scripts()
        await self._camera.restore()
        if self._first:
            await self._paint.listen()
        with PageEvents(self._page, self._settings.max_page_requests, current_meter()) as events:
            arrival = await go(self._page, url, events, self._world, self._settings.page_timeout)
            document = None if arrival.failure else await self._document()
            for _ in range(MAX_CLIENT_REDIRECTS):
                delay = refresh_delay(document.refresh, document.url) if document else None
                followed = await follow_refresh(self._page, events, self._world, delay) if delay is not None else None
                if followed is None:
                    break
                arrival = followed
                document = None if arrival.failure else await self._document()
            await self._world.hush()
            arrival = self._explained(events, _refused(events, arrival, self._notes))
            if events.wanders:
                arrival = Arrival(kind=FailureKind.REDIRECT_LOOP, detail="each page leaves for another by itself")
            return await self._describe(url, at, events, arrival, document, screenshots=screenshots)

    async def _document(self) -> ShownDocument | None:
        try:
            document = await read_document(self._world, self._settings.max_body_bytes)
        except PageUnreadable:
            return None
        # The browser's own error pages are not the site's.
        return document if is_web_address(document.url) else None

    async def _describe(
        self,
        url: str,
        at: datetime,
        events: PageEvents,
        arrival: Arrival,
        document: ShownDocument | None,
        *,
        screenshots: bool,
    ) -> Rendered:
        chain = await hops(events.documents, self._clock)
        main = events.documents[-1] if events.documents else None
        media_type = document.media_type if document else _media_type(chain)
        kind, detail = _judgement(arrival, main, document, media_type)
        if kind is not None:
            document = None
        layout = await self._layout(events) if document else None
        cookies = await self._cookies()
        raw = await self._source(main, document) if main and document else None
        frames = await read_frames(self._page, self._settings.max_body_bytes) if document else ()
        requests = request_records(events.requests, document.transferred if document else {})
        axe = await self._axe(layout) if document and screenshots and self._first else None
        # Last, because pictures change the screen.
        picture = await self._camera.viewport() if document and screenshots else None
        painted = await self._paint.milliseconds(self._world) if document and screenshots else None
        wanted = screenshots and self._first and self._wants_full_pictures
        whole = await self._full_picture(layout, picture) if document and wanted else None
        widths = await self._widths() if document and screenshots and self._first and self._device.mobile else {}
        self._first = False
        return Rendered(
            url=url,
            final_url=(document.url if document else main.url if main else None),
            status=main.status if main else None,
            hops=chain,
            failure=reason_of(kind) if kind else None,
            kind=kind or _kind_of_answer(chain, raw),
            detail=detail,
            soft_timeout=arrival.soft_timeout,
            truncated=bool(document and document.truncated),
            media_type=media_type,
            dom=document.dom if document else None,
            raw=raw if document and raw != document.dom else None,
            frames=frames,
            screenshot=picture,
            full_screenshot=whole,
            requests=requests,
            layout=layout,
            axe=axe,
            lcp_ms=painted,
            widths=widths,
            cookies=cookies,
            at=at,
        )

    async def _widths(self) -> dict[int, int]:
        """Measure the page on the other telephones: pictures are taken, so that the screen may change."""
        found = {screen[0]: await self._camera.content_width(screen) for screen in OTHER_TELEPHONES}
        return {width: content for width, content in found.items() if content is not None}

    async def _axe(self, layout: LayoutMetrics | None) -> AxeRecord | None:
        """Run the accessibility rules, where they are wanted and the page is not too large for them."""
        wanted = self._settings.axe == "both" or (self._settings.axe == "desktop" and not self._device.mobile)
        fits = layout is not None and layout.element_count <= MOST_ELEMENTS
        return await run_axe(self._world) if wanted and fits else None

    def _explained(self, events: PageEvents, arrival: Arrival) -> Arrival:
        """Return an arrival whose failure is what the proxy saw, where the browser saw only the proxy."""
        if not arrival.ask_proxy:
            return arrival
        asked = next((r.url for r in reversed(events.requests) if r.is_navigation_request()), "")
        return replace(arrival, kind=self._notes.kind_for(asked) or arrival.kind)

    async def _source(self, main: Response, document: ShownDocument) -> bytes | None:
        # Asking for the body of a document that never ended would wait for its end.
        if main.request.timing["responseEnd"] < 0:
            return None
        return await read_source(main, document.charset, self._settings.max_body_bytes)

    async def _layout(self, events: PageEvents) -> LayoutMetrics | None:
        """Measure the page, unless it is replaced meanwhile: half a page measures like another."""
        arrivals = events.arrivals
        layout = await measure(self._cdp, self._world, self._device)
        return layout if events.arrivals == arrivals else None

    @property
    def _wants_full_pictures(self) -> bool:
        wanted = self._settings.full_pictures
        return wanted == "both" or (wanted == "mobile" and self._device.mobile)

    async def _full_picture(self, layout: LayoutMetrics | None, seen: bytes | None) -> bytes | None:
        size = (layout.content_width, layout.content_height) if layout else await contents_size(self._cdp)
        return await self._camera.full(size, seen) if size else None

    async def _cookies(self) -> tuple[Cookie, ...]:
        try:
            async with asyncio.timeout(3):
                found = await self._context.cookies()
        except TimeoutError:
            return ()
        return tuple(_cookie(cookie) for cookie in found[:MAX_COOKIES])


def _refused(events: PageEvents, arrival: Arrival, notes: FailureNotes) -> Arrival:
    """Return a refusal by our own egress as a failure: its answer must never pass for the site's."""
    document = events.documents[-1] if events.documents else None
    reason = document.headers.get(EGRESS_HEADER) if document else None
    if document is None or reason is None:
        return arrival
    events.documents.pop()
    kind = proxy_refusal(reason)
    if kind is None:
        raise BrowserUnavailable(f"the egress proxy answered: {reason}")
    noted = notes.kind_for(document.url)
    if noted is not None and reason_of(noted) is reason_of(kind):
        kind = noted
    return Arrival(kind=kind, detail=f"not connected: {reason}")


def _judgement(
    arrival: Arrival, main: Response | None, document: ShownDocument | None, media_type: str | None
) -> tuple[FailureKind | None, str]:
    if arrival.kind is not None:
        return arrival.kind, arrival.detail
    if document is None:
        kind = FailureKind.BODY_TIMEOUT if arrival.unfinished else FailureKind.RENDER_TIMEOUT
        return kind, arrival.detail or "the page did not let itself be read"
    if main is not None and not main.headers:
        # What the browser takes for HTTP/0.9, where every byte is a page.
        return FailureKind.MALFORMED, "an answer without a head"
    if arrival.unfinished and document.blank:
        error = main.request.failure if main else None
        return (site_failure(error) if error else None) or FailureKind.BODY_TIMEOUT, error or arrival.detail
    if not is_readable(media_type):
        return FailureKind.NOT_A_PAGE, f"not a page: {media_type}"
    return None, arrival.detail


def _kind_of_answer(chain: tuple[Hop, ...], raw: bytes | None) -> FailureKind | None:
    if not chain:
        return None
    kind = status_kind(chain[-1].status)
    return FailureKind.EMPTY if kind is None and raw == b"" else kind


def _media_type(chain: tuple[Hop, ...]) -> str | None:
    value = chain[-1].header("content-type") if chain else None
    return value.split(";")[0].strip().lower()[:100] if value else None


def _cookie(cookie: BrowserCookie) -> Cookie:
    expires = cookie.get("expires", -1)
    try:
        until = datetime.fromtimestamp(expires, UTC) if expires > 0 else None
    except (OverflowError, ValueError, OSError):
        until = datetime.max.replace(tzinfo=UTC)
    return Cookie(
        name=cookie.get("name", "")[:200],
        domain=cookie.get("domain", ""),
        path=cookie.get("path", "/")[:500],
        value_length=len(cookie.get("value", "")),
        expires=until,
        secure=cookie.get("secure", False),
        http_only=cookie.get("httpOnly", False),
        same_site=cookie.get("sameSite"),
    )
