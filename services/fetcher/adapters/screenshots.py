"""Pictures of a shown page: what a visitor sees first, and the whole page, small and bounded.

Taken through the DevTools protocol: Playwright's own waits for fonts that may never come, and
gives empty files for tall pages.
"""

import asyncio
import base64
import binascii
from dataclasses import replace

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from services.fetcher.adapters.browser_flags import Device
from services.fetcher.adapters.disguise import show_on
from services.fetcher.adapters.layout import contents_size

MAX_HEIGHT = 3_200
"""CSS pixels of the whole page that are kept: four screens of a phone. Beyond 16,384 pictures come out empty."""
MAX_WIDTH = 2_000
MAX_BYTES = 3_000_000
_MIN_BYTES = 500
"""Anything smaller is not a picture: an empty answer is how failures look."""
_SECONDS = 8.0
_VIEWPORT = {"format": "jpeg", "quality": 60, "captureBeyondViewport": False}
_FULL = {"format": "jpeg", "quality": 45, "captureBeyondViewport": False}
"""JPEG costs Chromium a quarter of WebP's time, and a tenth of PNG's."""


class Camera:
    """Takes the pictures of the pages that one session shows.

    The whole page is taken on a screen as tall as the page: one layout more, where Chromium's own capture
    beyond the viewport makes three. The screen stays changed until ``restore``: measure before.
    """

    def __init__(self, cdp: CDPSession, device: Device) -> None:
        self._cdp = cdp
        self._device = device
        self._changed = False

    async def viewport(self) -> bytes | None:
        """Return a JPEG picture of the viewport at one pixel per CSS pixel, None when it fails."""
        if self._device.scale != 1 and not await self._resize(self._device.height, 1):
            return None
        return await self._capture(_VIEWPORT)

    async def full(self, contents: tuple[int, int], seen: bytes | None = None) -> bytes | None:
        """Return a JPEG picture of the page's first MAX_HEIGHT pixels, None when it fails.

        ``contents`` is the size of the page, ``seen`` the viewport's picture: of a page that fits in the
        viewport it is the whole.
        """
        device = self._device
        if contents[0] <= device.width and contents[1] <= device.height and seen is not None:
            return seen
        height = min(max(contents[1], device.height), MAX_HEIGHT)
        wide = contents[0] > device.width
        if not wide and await self._resize(height, device.full_scale) and not await self._stretched(contents):
            return await self._capture(_FULL)
        await self.restore()
        width = min(max(contents[0], device.width), MAX_WIDTH)
        scale = min(1.0, device.full_scale * device.width / width)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
        return await self._capture(_FULL | {"captureBeyondViewport": True, "clip": clip})

    async def content_width(self, screen: tuple[int, int]) -> int | None:
        """Return the width of the page's contents on a screen of another size, None when it does not say."""
        width, height = screen
        self._changed = True
        try:
            async with asyncio.timeout(_SECONDS):
                await show_on(self._cdp, replace(self._device, width=width), height=height, scale=1)
        except (TimeoutError, PlaywrightError):
            return None
        size = await contents_size(self._cdp)
        return size[0] if size else None

    async def restore(self) -> None:
        """Give the screen its own size back, where a picture changed it."""
        if self._changed:
            await self._resize(self._device.height, self._device.scale)
            self._changed = False

    async def _resize(self, height: int, scale: float) -> bool:
        self._changed = True
        try:
            async with asyncio.timeout(_SECONDS):
                await show_on(self._cdp, self._device, height=height, scale=scale)
        except (TimeoutError, PlaywrightError):
            return False
        return True

    async def _stretched(self, before: tuple[int, int]) -> bool:
        """Whether the page grew with the screen: what is as high as the screen would hide the rest."""
        now = await contents_size(self._cdp)
        return now is None or now[1] > before[1] + self._device.height // 2

    async def _capture(self, parameters: dict[str, object]) -> bytes | None:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._cdp.send("Page.captureScreenshot", parameters)
                data = base64.b64decode(answer["data"], validate=True)
        except (TimeoutError, PlaywrightError, binascii.Error):
            return None
        return data if _MIN_BYTES <= len(data) <= MAX_BYTES else None
