"""The browser in use: started when it is first needed, replaced when it died or has served long enough."""

import asyncio

import structlog

from services.contracts.errors import AuditError
from services.fetcher.adapters.browser_process import BrowserProcess, start_browser
from services.fetcher.adapters.memory_guard import end_greedy_pages
from services.fetcher.adapters.process_tree import pss_megabytes
from services.fetcher.domain.browser_wear import Start, Wear, worn_out
from services.fetcher.metrics import BROWSER_STARTS
from services.fetcher.settings import FetcherSettings

log = structlog.get_logger()

_WEIGH_SECONDS = 10.0
"""Weighing a browser reads a file of each of its processes: not at every site."""


class BrowserPool:
    """Hands out the current browser. A worn one gets no new visit; its successor is there before it goes."""

    def __init__(self, settings: FetcherSettings, proxy_server: str | None) -> None:
        self._settings = settings
        self._proxy_server = proxy_server
        self._sandbox = settings.browser_sandbox != "off"
        self._starting = asyncio.Lock()
        self._current: BrowserProcess | None = None
        self._begun = False
        """Whether there was a browser already: one that is missing has then died."""
        self._processes: set[BrowserProcess] = set()
        self._closing: set[asyncio.Task[None]] = set()

    async def current(self) -> BrowserProcess:
        """Return the browser for a new visit, starting one if need be. Raises BrowserUnavailable."""
        async with self._starting:
            current = old = self._current
            why = await self._why_start(current)
            if current is None or why is not None:
                current = self._current = await self._started()
                # A machine that refused the sandbox once refuses it again.
                self._sandbox = current.sandboxed
                self._processes.add(current)
                self._begun = True
                BROWSER_STARTS.add(why=why or Start.FIRST)
                if self._settings.browser_sandbox == "off":
                    log.warning("AUDIT_BROWSER_SANDBOX=off: hostile pages run without Chromium's sandbox")
                if current.pid is not None:
                    watching = end_greedy_pages(current.pid, self._settings.browser_page_memory)
                    current.guard = asyncio.create_task(watching)
                log.info(
                    "browser started",
                    version=current.browser.version,
                    sandboxed=self._sandbox,
                    why=why or Start.FIRST,
                )
                if old is not None:
                    self._retire(old)
            return current

    async def take(self) -> BrowserProcess:
        """Return the browser for a new visit and count the visit; give it back."""
        process = await self.current()
        process.users += 1
        process.visits += 1
        return process

    def give_back(self, process: BrowserProcess) -> None:
        """End a visit's use of a browser."""
        process.users -= 1
        if process.users == 0 and not process.usable:
            self._end(process)

    async def close(self) -> None:
        """End every browser, in use or not. Never raises."""
        for process in list(self._processes):
            self._end(process)
        if self._closing:
            await asyncio.wait(self._closing)

    async def _started(self) -> BrowserProcess:
        """Start a browser. A start that nobody waits for any more is carried to its end, and the browser ended.

        Half a start would leave its driver behind.
        """
        starting = asyncio.ensure_future(start_browser(self._settings, self._proxy_server, sandbox=self._sandbox))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._keep(asyncio.ensure_future(_abandon(starting)))
            raise

    def running(self) -> list[BrowserProcess]:
        """Return the browsers that have not ended, from any thread."""
        return list(self._processes)

    def in_use(self) -> BrowserProcess | None:
        """Return the browser that new visits get, from any thread; None when none is there."""
        return self._current

    async def _why_start(self, current: BrowserProcess | None) -> Start | None:
        """Return why a browser is to be started, None when the current one may go on."""
        if current is None:
            return Start.DIED if self._begun else Start.FIRST
        return await self._wear(current) if current.usable else Start.DIED

    async def _wear(self, process: BrowserProcess) -> Start | None:
        """Return why a browser has served long enough, None when it has not."""
        now = asyncio.get_running_loop().time()
        if now - process.weighed_at >= _WEIGH_SECONDS and process.pid is not None:
            process.weighed_at = now
            process.megabytes = await asyncio.to_thread(pss_megabytes, process.pid)
        wear = Wear(visits=process.visits, seconds=now - process.started_at, megabytes=process.megabytes)
        limits = Wear(
            visits=self._settings.browser_recycle_sites,
            seconds=self._settings.browser_recycle_seconds,
            megabytes=self._settings.browser_recycle_megabytes,
        )
        return worn_out(wear, limits)

    def _retire(self, process: BrowserProcess) -> None:
        """Give a browser no new visit, and end it as soon as its visits have."""
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
