"""When the largest part of a page was painted, as the browser's own timeline tells."""

import asyncio
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from services.fetcher.adapters.isolated_world import IsolatedWorld, PageUnreadable

_EVENT = "largest-contentful-paint"
_SECONDS = 2.0
_LATE_SECONDS = 0.5
"""How late, after a picture was taken, the browser may tell of the paint."""


class PaintTimes:
    """Listens to one page for its largest contentful paints (W3C), the last of which counts."""

    def __init__(self, cdp: CDPSession) -> None:
        self._cdp = cdp
        self._last = 0.0
        self._told = asyncio.Event()
        cdp.on("PerformanceTimeline.timelineEventAdded", self._note)

    async def listen(self) -> None:
        """Ask the browser to tell; a browser that cannot leaves every answer None."""
        try:
            async with asyncio.timeout(_SECONDS):
                await self._cdp.send("PerformanceTimeline.enable", {"eventTypes": [_EVENT]})
        except (TimeoutError, PlaywrightError):
            return

    async def milliseconds(self, world: IsolatedWorld) -> float | None:
        """Return when it was, in milliseconds after the present document began to load; None where none was told."""
        try:
            async with asyncio.timeout(_LATE_SECONDS):
                await self._told.wait()
        except TimeoutError:
            return None
        try:
            began = await world.evaluate("performance.timeOrigin", seconds=_SECONDS)
        except PageUnreadable:
            return None
        passed = self._last * 1000 - began if isinstance(began, (int, float)) else -1.0
        return round(passed, 1) if passed >= 0 else None

    def _note(self, told: dict[str, Any]) -> None:
        event = told.get("event", {})
        if event.get("type") == _EVENT and isinstance(event.get("time"), (int, float)):
            self._last = float(event["time"])
            self._told.set()
