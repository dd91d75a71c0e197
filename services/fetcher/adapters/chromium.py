"""The browser behind the Renderer port: visits, each with one cache, and sessions that share nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from playwright.async_api import BrowserContext, CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from services.contracts.capture import Viewport
from services.contracts.errors import BrowserUnavailable
from services.fetcher.adapters.browser_flags import DEVICES
from services.fetcher.adapters.browser_gauges import show_browsers
from services.fetcher.adapters.browser_pool import BrowserPool
from services.fetcher.adapters.browser_process import BrowserProcess
from services.fetcher.adapters.browser_recorder import BrowserRecorder
from services.fetcher.adapters.chromium_session import ChromiumSession
from services.fetcher.adapters.disguise import forget_everything, pose_as
from services.fetcher.adapters.failure_notes import FailureNotes
from services.fetcher.adapters.proxy_accounts import ProxyAccounts
from services.fetcher.adapters.proxy_login import watch_documents
from services.fetcher.domain.meter import current_meter
from services.fetcher.domain.recording import current_recording
from services.fetcher.ports import RenderSession
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import Clock

log = structlog.get_logger()

_OPEN_SECONDS = 20.0
_CLOSE_SECONDS = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAccess:
    """The egress proxy all traffic goes through, and how to log in to it."""

    server_url: str
    username: str | None = None
    password: str | None = None
    accounts: ProxyAccounts | None = None
    """Logins of their own for the sites in hand."""
    failures: FailureNotes | None = None
    """What the proxy saw of connections that failed."""


class ChromiumRenderer:
    """A self-healing browser. Started on the first session; ``close`` ends every process it started."""

    def __init__(self, settings: FetcherSettings, clock: Clock, proxy: ProxyAccess | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._proxy = proxy
        self._pool = BrowserPool(settings, proxy.server_url if proxy else None)
        show_browsers(self._pool, clock)

    async def version(self) -> str:
        """Return the browser's product and version, starting it if need be. Raises BrowserUnavailable."""
        return f"Chromium/{(await self._pool.current()).browser.version}"

    @asynccontextmanager
    async def visit(self) -> AsyncIterator["ChromiumVisit"]:
        """Open a visit: its sessions share the browser's HTTP cache, and nothing else."""
        visit = ChromiumVisit(self._pool, self._settings, self._clock, self._proxy)
        try:
            yield visit
        finally:
            await visit.close()

    @asynccontextmanager
    async def session(self, viewport: Viewport) -> AsyncIterator[RenderSession]:
        """Open a session in a visit of its own. Raises BrowserUnavailable."""
        async with self.visit() as visit, visit.session(viewport) as session:
            yield session

    async def close(self) -> None:
        """End every browser, in use or not. Never raises."""
        await self._pool.close()


class ChromiumVisit:
    """One visit of one site: one browser context, replaced when its browser dies.

    Every session has a page of its own, on a screen of its own. Cookies and storage of the one before are
    gone, and documents are asked for again whatever the cache holds: each session meets the site as a
    visitor who was never there, with the pictures, styles and scripts already fetched.
    """

    def __init__(self, pool: BrowserPool, settings: FetcherSettings, clock: Clock, proxy: ProxyAccess | None) -> None:
        self._pool = pool
        self._settings = settings
        self._clock = clock
        self._proxy = proxy
        self._process: BrowserProcess | None = None
        self._context: BrowserContext | None = None
        self._used = False
        self._username: str | None = None

    @asynccontextmanager
    async def session(self, viewport: Viewport) -> AsyncIterator[RenderSession]:
        """Open a session in a viewport. One at a time. Raises BrowserUnavailable."""
        if self._process is not None and self._process.dead.is_set():
            await self.close()
        if self._process is None:
            self._process = await self._pool.take()
        process = self._process
        page: Page | None = None
        recorder: BrowserRecorder | None = None
        try:
            try:
                async with asyncio.timeout(_OPEN_SECONDS):
                    page, session = await self._open(process, viewport)
            except (TimeoutError, PlaywrightError) as error:
                # A browser that cannot open a page answers nobody.
                process.kill()
                raise BrowserUnavailable(f"the browser no longer opens pages: {error}") from error
            recording = current_recording()
            recorder = BrowserRecorder(page, recording) if recording is not None else None
            yield session
        finally:
            if recorder is not None:
                await recorder.finish()
            if page is not None and not await self._closed(page):
                await self.close()

    async def close(self) -> None:
        """Close the context and give the browser back. Never raises."""
        process, context = self._process, self._context
        self._process, self._context, self._used = None, None, False
        if process is None:
            return
        try:
            if context is not None:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await context.close()
        except TimeoutError:
            log.warning("a page does not close: the browser is replaced")
            process.kill()
        except PlaywrightError:
            process.dead.set()
        finally:
            self._pool.give_back(process)

    async def _open(self, process: BrowserProcess, viewport: Viewport) -> tuple[Page, ChromiumSession]:
        if self._context is None:
            self._context = await self._new_context(process)
            self._username = self._account()
        device, context = DEVICES[viewport], self._context
        page = await context.new_page()
        cdp = await context.new_cdp_session(page)
        await pose_as(cdp, device, process.browser.version, self._settings.contact_url)
        if self._used:
            await forget_everything(cdp)
            await context.clear_cookies()
        await self._log_in(cdp)
        self._used = True
        gone = asyncio.Event()
        process.browser.on("disconnected", lambda _: gone.set())
        notes = self._proxy.failures if self._proxy else None
        session = ChromiumSession(page, cdp, device, gone=gone, settings=self._settings, clock=self._clock, notes=notes)
        return page, session

    async def _new_context(self, process: BrowserProcess) -> BrowserContext:
        return await process.browser.new_context(
            # The screen is each session's own.
            no_viewport=True,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            service_workers="block",
            accept_downloads=False,
            # Certificates are judged apart; a bad one must not hide the site.
            ignore_https_errors=True,
        )

    def _account(self) -> str | None:
        """Return the proxy login of this visit: the browser keeps it for as long as the context lives."""
        if self._proxy is None or self._proxy.accounts is None or self._proxy.username is None:
            return self._proxy.username if self._proxy else None
        return self._proxy.accounts.open(current_meter())

    async def _log_in(self, cdp: CDPSession) -> None:
        password = self._proxy.password if self._proxy else None
        await watch_documents(cdp, username=self._username, password=password, afresh=self._used)

    async def _closed(self, page: Page) -> bool:
        """Close a session's page; tell whether it is gone and the context can go on."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await page.close()
        except (TimeoutError, PlaywrightError):
            return False
        return True
