"""Records the answers that a shown page received, for the archive of the visit. Not used when nothing is recorded."""

import asyncio
from datetime import UTC, datetime

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request

from services.fetcher.domain.proxy_messages import EGRESS_HEADER
from services.fetcher.domain.recording import MAX_BODY, Exchange, Recording

_BODY_SECONDS = 5.0
_FINISH_SECONDS = 5.0
_BODILESS = frozenset({204, 205, 301, 302, 303, 304, 307, 308})


class BrowserRecorder:
    """Adds every finished exchange of a page to a recording, until ``finish``.

    Bodies are read while the page goes on, each within a limit; one that cannot be had is recorded as cut.
    """

    def __init__(self, page: Page, recording: Recording) -> None:
        self._recording = recording
        self._reading: set[asyncio.Task[None]] = set()
        page.on("requestfinished", self._on_finished)

    async def finish(self) -> None:
        """Wait, within a limit, for the bodies that are being read."""
        if self._reading:
            _, late = await asyncio.wait(self._reading, timeout=_FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _on_finished(self, request: Request) -> None:
        if request.url.startswith(("http://", "https://")):
            task = asyncio.ensure_future(self._record(request))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _record(self, request: Request) -> None:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                response = await request.response()
                if response is None or EGRESS_HEADER in response.headers:
                    return
                sent, received = await request.headers_array(), await response.headers_array()
        except (TimeoutError, PlaywrightError):
            # The page is gone, and what it was told with it.
            return
        body = await self._body(request, response.status, response.headers.get("content-length", ""))
        started = request.timing["startTime"]
        self._recording.add(
            Exchange(
                url=request.url,
                method=request.method,
                status=response.status,
                request_headers=tuple((entry["name"], entry["value"]) for entry in sent),
                response_headers=tuple((entry["name"], entry["value"]) for entry in received),
                body=(body or b"")[:MAX_BODY],
                truncated=body is None or len(body) > MAX_BODY,
                at=datetime.fromtimestamp(max(started, 0) / 1000, UTC),
            )
        )

    async def _body(self, request: Request, status: int, declared: str) -> bytes | None:
        """Return the decoded body, None when it is too long or cannot be had."""
        if status in _BODILESS or request.method == "HEAD":
            return b""
        count = int(declared) if declared.isdecimal() else 0
        if count > MAX_BODY or not self._recording.has_room(count):
            return None
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                response = await request.response()
                return await response.body() if response else None
        except (TimeoutError, PlaywrightError):
            return None
