"""Goes to a page and waits until it has settled, whatever the page tries."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from services.contracts.errors import BrowserUnavailable
from services.contracts.failures import FailureKind, reason_of
from services.contracts.reasons import Reason
from services.fetcher.adapters.isolated_world import IsolatedWorld
from services.fetcher.adapters.page_events import PageEvents
from services.fetcher.domain.browser_failures import seen_by_proxy, site_failure

LOAD_SECONDS = 10.0
QUIET_SECONDS = 0.3
QUIESCENCE_CAP = 3.0
_INTERRUPTED = ("interrupted by another navigation", "Navigation interrupted", "frame was detached")
_GONE = ("Target crashed", "Page crashed", "Target page, context or browser has been closed", "Target closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a navigation ended. ``soft_timeout``: there is a document, but it never finished loading.

    ``ask_proxy``: the egress proxy may know better what happened.
    """

    kind: FailureKind | None = None
    detail: str = ""
    soft_timeout: bool = False
    unfinished: bool = False
    """Whether the document itself never ended."""
    ask_proxy: bool = False

    @property
    def failure(self) -> Reason | None:
        """Why there is no document, None when there is one."""
        return reason_of(self.kind) if self.kind else None


async def go(page: Page, url: str, events: PageEvents, world: IsolatedWorld, seconds: float) -> Arrival:
    """Navigate and settle. Raises BrowserUnavailable when the browser died; failures of the site are values."""
    try:
        going = page.goto(url, wait_until="domcontentloaded", timeout=seconds * 1000)
        if not await _unless_nuisance(going, events):
            return await _silence(world)
    except PlaywrightTimeout:
        return await _late(events, world)
    except PlaywrightError as error:
        if not any(text in error.message for text in _INTERRUPTED):
            return _failed(error, events)
    return await settle(page, events, world)


async def settle(page: Page, events: PageEvents, world: IsolatedWorld) -> Arrival:
    """Wait for the load event and then for quiescence, each within its limit."""
    try:
        loading = page.wait_for_load_state("load", timeout=LOAD_SECONDS * 1000)
        if not await _unless_nuisance(loading, events):
            return await _silence(world)
    except PlaywrightTimeout:
        return Arrival(soft_timeout=True, detail=f"no load event within {LOAD_SECONDS:g} s")
    except PlaywrightError as error:
        if not any(text in error.message for text in _INTERRUPTED):
            return _failed(error, events)
    await events.quiescence(quiet=QUIET_SECONDS, cap=QUIESCENCE_CAP)
    return Arrival()


async def follow_refresh(page: Page, events: PageEvents, world: IsolatedWorld, delay: float) -> Arrival | None:
    """Wait for a client-side redirect that is due in ``delay`` seconds; None when it did not come."""
    before = len(events.documents)
    end = asyncio.get_running_loop().time() + delay + 3.0
    while len(events.documents) == before:
        if asyncio.get_running_loop().time() >= end:
            return None
        await asyncio.sleep(0.1)
    return await settle(page, events, world)


async def _unless_nuisance(waiting: Coroutine[None, None, object], events: PageEvents) -> bool:
    """Await something, or give up when the page becomes a nuisance; tell whether it was awaited."""
    wanted = asyncio.ensure_future(waiting)
    nuisance = asyncio.ensure_future(events.nuisance.wait())
    try:
        await asyncio.wait({wanted, nuisance}, return_when=asyncio.FIRST_COMPLETED)
        if events.nuisance.is_set():
            return False
        await wanted
        return True
    finally:
        for task in (wanted, nuisance):
            task.cancel()
        await asyncio.gather(wanted, nuisance, return_exceptions=True)


async def _silence(world: IsolatedWorld) -> Arrival:
    await world.stop_scripts()
    await world.stop_loading()
    return Arrival(soft_timeout=True, detail="the page opens dialogs or windows without end")


async def _late(events: PageEvents, world: IsolatedWorld) -> Arrival:
    """Keep what there is of a page that never got as far as its DOM."""
    if not events.documents:
        return Arrival(kind=FailureKind.HEADERS_TIMEOUT, detail="no answer within the page's time")
    await world.stop_loading()
    return Arrival(soft_timeout=True, unfinished=True, detail="the document never finished")


def _failed(error: PlaywrightError, events: PageEvents) -> Arrival:
    message = error.message.splitlines()[0][:300] if error.message else "unknown browser error"
    if events.downloaded:
        return Arrival(kind=FailureKind.NOT_A_PAGE, detail="the address is a download")
    if any(text in error.message for text in _GONE):
        raise BrowserUnavailable(message) from error
    kind = site_failure(error.message)
    if kind is None:
        raise BrowserUnavailable(message) from error
    return Arrival(kind=kind, detail=message, ask_proxy=seen_by_proxy(error.message))
