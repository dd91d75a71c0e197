"""The browser behind the Renderer port: one Chromium, replaced when it dies or has served long enough."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from services.contracts.capture import Viewport
from services.contracts.errors import AuditError, BrowserUnavailable
from services.fetcher.adapters.browser_flags import DEVICES, browser_user_agent
from services.fetcher.adapters.browser_process import BrowserProcess, start_browser
from services.fetcher.adapters.browser_recorder import BrowserRecorder
from services.fetcher.adapters.chromium_session import ChromiumSession
from services.fetcher.adapters.failure_notes import FailureNotes
from services.fetcher.adapters.memory_guard import end_greedy_pages
from services.fetcher.adapters.proxy_accounts import ProxyAccounts
from services.fetcher.adapters.proxy_login import answer_proxy
from services.fetcher.domain.meter import current_meter
from services.fetcher.domain.recording import current_recording
from services.fetcher.ports import RenderSession
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import Clock

log = structlog.get_logger()

SESSIONS_PER_SITE = 2
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
        self._sandbox = settings.browser_sandbox != "off"
        self._starting = asyncio.Lock()
        self._current: BrowserProcess | None = None
        self._processes: set[BrowserProcess] = set()
        self._closing: set[asyncio.Task[None]] = set()

    async def version(self) -> str:
        """Return the browser's product and version, starting it if need be. Raises BrowserUnavailable."""
        return f"Chromium/{(await self._process()).browser.version}"

    @asynccontextmanager
    async def session(self, viewport: Viewport) -> AsyncIterator[RenderSession]:
        """Open a fresh context in a viewport. Raises BrowserUnavailable."""
        process = await self._process()
        process.users += 1
        process.sessions += 1
        context: BrowserContext | None = None
        recorder: BrowserRecorder | None = None
        try:
            try:
                async with asyncio.timeout(_OPEN_SECONDS):
                    context = await self._context(process, viewport)
                    session = await self._session(process, context, viewport)
            except (TimeoutError, PlaywrightError) as error:
                # A browser that cannot open a page answers nobody.
                process.kill()
                raise BrowserUnavailable(f"the browser no longer opens pages: {error}") from error
            recording = current_recording()
            recorder = BrowserRecorder(context.pages[0], recording) if recording is not None else None
            yield session
        finally:
            if recorder is not None:
                await recorder.finish()
            if context is not None:
                await self._close_context(process, context)
            process.users -= 1
            if process.users == 0 and not process.usable:
                self._end(process)

    async def close(self) -> None:
        """End every browser, in use or not. Never raises."""
        for process in list(self._processes):
            self._end(process)
        if self._closing:
            await asyncio.wait(self._closing)

    async def _process(self) -> BrowserProcess:
        async with self._starting:
            current = old = self._current
            worn = old is not None and old.sessions >= self._settings.browser_recycle_sites * SESSIONS_PER_SITE
            if current is None or not current.usable or worn:
                server = self._proxy.server_url if self._proxy else None
                current = self._current = await self._started(server)
                # A machine that refused the sandbox once refuses it again.
                self._sandbox = current.sandboxed
                self._processes.add(current)
                if self._settings.browser_sandbox == "off":
                    log.warning("AUDIT_BROWSER_SANDBOX=off: hostile pages run without Chromium's sandbox")
                if current.pid is not None:
                    watching = end_greedy_pages(current.pid, self._settings.browser_page_memory)
                    current.guard = asyncio.create_task(watching)
                log.info("browser started", version=current.browser.version, sandboxed=self._sandbox)
                if old is not None:
                    self._retire(old)
            return current

    async def _started(self, server: str | None) -> BrowserProcess:
        """Start a browser. A start that nobody waits for any more is carried to its end, and the browser ended.

        Half a start would leave its driver behind.
        """
        starting = asyncio.ensure_future(start_browser(self._settings, server, sandbox=self._sandbox))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._keep(asyncio.ensure_future(_abandon(starting)))
            raise

    async def _context(self, process: BrowserProcess, viewport: Viewport) -> BrowserContext:
        device = DEVICES[viewport]
        return await process.browser.new_context(
            viewport={"width": device.width, "height": device.height},
            device_scale_factor=device.scale,
            is_mobile=device.mobile,
            has_touch=device.mobile,
            user_agent=browser_user_agent(device, process.browser.version, self._settings.contact_url),
            locale="fr-FR",
            timezone_id="Europe/Paris",
            service_workers="block",
            accept_downloads=False,
            # Certificates are judged apart; a bad one must not hide the site.
            ignore_https_errors=True,
        )

    async def _session(self, process: BrowserProcess, context: BrowserContext, viewport: Viewport) -> ChromiumSession:
        page = await context.new_page()
        cdp = await context.new_cdp_session(page)
        if self._proxy and self._proxy.username:
            accounts = self._proxy.accounts
            username = accounts.open(current_meter()) if accounts else self._proxy.username
            await answer_proxy(cdp, username, self._proxy.password or "")
        gone = asyncio.Event()
        process.browser.on("disconnected", lambda _: gone.set())
        notes = self._proxy.failures if self._proxy else None
        return ChromiumSession(
            page, cdp, DEVICES[viewport], gone=gone, settings=self._settings, clock=self._clock, notes=notes
        )

    async def _close_context(self, process: BrowserProcess, context: BrowserContext) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await context.close()
        except TimeoutError:
            log.warning("a page does not close: the browser is replaced")
            process.kill()
        except PlaywrightError:
            process.dead.set()

    def _retire(self, process: BrowserProcess) -> None:
        """Give a browser no new session, and end it as soon as its sessions have."""
        process.retired = True
        if process.users == 0:
            self._end(process)

    def _end(self, process: BrowserProcess) -> None:
        if process not in self._processes:
            return
        self._processes.discard(process)
        if self._current is process:
            self._current = None
        self._keep(asyncio.ensure_future(process.close()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Hold on to the end of a browser until it is over."""
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _abandon(starting: asyncio.Future[BrowserProcess]) -> None:
    try:
        process = await starting
    except AuditError:
        # It did not start: nothing is left of it.
        return
    await process.close()
