"""Pictures of a shown page: what a visitor sees first, and the whole page, small and bounded.

Taken through the DevTools protocol: Playwright's own waits for fonts that may never come, and
gives empty files for tall pages.
"""

import asyncio
import base64
import binascii

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from services.fetcher.adapters.browser_flags import Device

MAX_HEIGHT = 8_000
"""CSS pixels; beyond 16,384 the graphics stack gives empty pictures."""
MAX_WIDTH = 2_000
MAX_BYTES = 3_000_000
_MIN_BYTES = 500
"""Anything smaller is not a picture: an empty answer is how failures look."""
_FULL_PAGE_WIDTH = 800
_SECONDS = 8.0


async def viewport_picture(cdp: CDPSession) -> bytes | None:
    """Return a WebP picture of the viewport at one pixel per CSS pixel, None when it fails."""
    return await _capture(cdp, {"format": "webp", "quality": 55, "captureBeyondViewport": False})


async def full_picture(cdp: CDPSession, device: Device, contents: tuple[int, int]) -> bytes | None:
    """Return a JPEG picture of the page's first MAX_HEIGHT pixels, at most 800 wide, None when it fails.

    Taking it resizes the page for a moment: measure first.
    """
    width = min(max(contents[0], device.width), MAX_WIDTH)
    height = min(max(contents[1], device.height), MAX_HEIGHT)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": min(1, _FULL_PAGE_WIDTH / width)}
    return await _capture(cdp, {"format": "jpeg", "quality": 45, "captureBeyondViewport": True, "clip": clip})


async def _capture(cdp: CDPSession, parameters: dict[str, object]) -> bytes | None:
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await cdp.send("Page.captureScreenshot", parameters)
            data = base64.b64decode(answer["data"], validate=True)
    except (TimeoutError, PlaywrightError, binascii.Error):
        return None
    return data if _MIN_BYTES <= len(data) <= MAX_BYTES else None
