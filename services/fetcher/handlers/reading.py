"""Reads the pages of the plan: without a browser where that is enough, in one where it is not."""

from collections.abc import Callable, Sequence

from services.contracts.capture import PageCapture, PageClass, Viewport
from services.contracts.errors import BrowserUnavailable
from services.contracts.failures import FailureKind
from services.fetcher.domain.html_bytes import decode
from services.fetcher.domain.meter import current_meter
from services.fetcher.domain.page_plan import PlannedPage
from services.fetcher.domain.readability import needs_browser
from services.fetcher.handlers.draft import Draft, missing_page
from services.fetcher.handlers.keeping import Keeper
from services.fetcher.handlers.reaching import Reacher
from services.fetcher.metrics import PAGES, Mode
from services.fetcher.ports import RenderSession, SiteVisit
from services.runtime.clock import Clock
from services.runtime.message_metrics import Result
from services.runtime.tracing import span

BROWSER_TRIES = 2
"""Sessions tried for the same pages before a dying browser counts as the site's doing."""


class Reader:
    """Reads pages into a draft. Refusals by robots.txt are recorded, never ignored."""

    def __init__(self, reacher: Reacher, visit: SiteVisit, keeper: Keeper, clock: Clock) -> None:
        self._reacher = reacher
        self._visit = visit
        self._keeper = keeper
        self._clock = clock

    async def read(self, draft: Draft, pages: Sequence[PlannedPage]) -> None:
        """Read the planned pages, those without a browser first."""
        shells = []
        for page in (page for page in pages if not draft.has(page, Viewport.HTTP)):
            if not await self._allowed(draft, page, Viewport.HTTP) or self._left_alone(draft, page, Viewport.HTTP):
                continue
            plain = draft.readable_without_browser or page.page_class in (PageClass.NOT_FOUND_PROBE, PageClass.PROVIDER)
            if plain and await self._fetch(draft, page):
                continue
            shells.append(page)
        if shells:
            await self.show(draft, Viewport.DESKTOP, shells)

    async def show(
        self,
        draft: Draft,
        viewport: Viewport,
        pages: Sequence[PlannedPage],
        *,
        then: Callable[[], Sequence[PlannedPage]] = tuple,
        screenshots: bool = False,
    ) -> None:
        """Show pages one after the other in one session, and then those that ``then`` names.

        A browser that dies is replaced and the page it died on tried once more. Raises
        BrowserUnavailable when that fails too; on the audit's last attempt the page is recorded as
        crashed instead. What an interrupted attempt had seen is not shown again.
        """
        left = [page for page in pages if not draft.has(page, viewport)]
        more: list[PlannedPage] | None = None if left else await self._wanted(draft, viewport, then())
        left = left or list(more or ())
        tries = 0
        while left:
            try:
                async with self._visit.session(viewport) as session:
                    while left:
                        if not self._left_alone(draft, left[0], viewport):
                            draft.pages.append(await self._shown(session, viewport, left[0], screenshots=screenshots))
                        del left[0]
                        tries = 0
                        if not left and more is None:
                            more = await self._wanted(draft, viewport, then())
                            left += more
            except BrowserUnavailable as error:
                tries += 1
                if tries < BROWSER_TRIES:
                    continue
                if not draft.last_attempt:
                    raise
                left += then() if more is None else ()
                draft.pages += [
                    missing_page(page, viewport, FailureKind.CRASH, str(error), self._clock.now()) for page in left
                ]
                return

    async def _wanted(self, draft: Draft, viewport: Viewport, pages: Sequence[PlannedPage]) -> list[PlannedPage]:
        unseen = [page for page in pages if not draft.has(page, viewport)]
        return [page for page in unseen if await self._allowed(draft, page, viewport)]

    async def _fetch(self, draft: Draft, page: PlannedPage) -> bool:
        """Read a page without a browser; tell whether that was enough."""
        at = self._clock.now()
        with span("page", page_class=page.page_class, mode=Mode.HTTP):
            response = await self._reacher.get(page.url)
            capture = await self._keeper.fetched(page, response, at)
        PAGES.add(mode=Mode.HTTP, result=Result.OK if capture.readable else Result.FAILED)
        final = response.probe.final
        wanted = page.page_class is not PageClass.NOT_FOUND_PROBE and capture.readable and final is not None
        if wanted and needs_browser(decode(response.body, final.header("content-type") if final else None)):
            return False
        draft.pages.append(capture)
        return True

    async def _shown(
        self, session: RenderSession, viewport: Viewport, page: PlannedPage, *, screenshots: bool
    ) -> PageCapture:
        with span("page", page_class=page.page_class, mode=Mode[viewport.name]):
            async with self._reacher.turn(page.url):
                try:
                    rendered = await session.render(page.url, screenshots=screenshots)
                except BrowserUnavailable:
                    PAGES.add(mode=Mode[viewport.name], result=Result.FAILED)
                    raise
                self._reacher.learn(rendered.hops)
            capture = await self._keeper.rendered(page, viewport, rendered)
        PAGES.add(mode=Mode[viewport.name], result=Result.OK if capture.readable else Result.FAILED)
        return capture

    def _left_alone(self, draft: Draft, page: PlannedPage, viewport: Viewport) -> bool:
        """Whether this page is not asked for: the site cost enough, or its server refused us often in a row.

        A server that refuses is asked for its home page all the same.
        """
        meter = current_meter()
        if meter is not None and meter.exhausted:
            kind, detail = FailureKind.LIMIT_REACHED, meter.refuse()
        elif page.page_class is not PageClass.HOME and self._reacher.unwelcome(page.url):
            kind, detail = FailureKind.HTTP_NOT_NOW, "the server asked for fewer requests"
        else:
            return False
        draft.pages.append(missing_page(page, viewport, kind, detail, self._clock.now()))
        return True

    async def _allowed(self, draft: Draft, page: PlannedPage, viewport: Viewport) -> bool:
        robots = await self._reacher.robots(page.url)
        if robots.allowed(page.url):
            return True
        kind = robots.kind or FailureKind.ROBOTS
        draft.pages.append(missing_page(page, viewport, kind, f"{robots.url} keeps us out", self._clock.now()))
        return False
