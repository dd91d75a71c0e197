"""The layout metrics of a shown page: the browser's own measure of its contents, and one script."""

import asyncio
import json
import math
from functools import cache
from importlib.resources import files

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError
from pydantic import ValidationError

from services.contracts.capture import LayoutMetrics
from services.fetcher.adapters.browser_flags import Device
from services.fetcher.adapters.isolated_world import IsolatedWorld, PageUnreadable

MAX_NODES = 60_000
MAX_TARGETS = 400
_SCRIPT_MILLISECONDS = 2_000
_SECONDS = 6.0


@cache
def _script() -> str:
    return files(__package__).joinpath("layout.js").read_text(encoding="utf-8")


async def contents_size(cdp: CDPSession) -> tuple[int, int] | None:
    """Return the width and height of the page's contents in CSS pixels, None when it does not say."""
    try:
        async with asyncio.timeout(_SECONDS):
            size = (await cdp.send("Page.getLayoutMetrics"))["cssContentSize"]
    except (TimeoutError, PlaywrightError):
        return None
    return math.ceil(size["width"]), math.ceil(size["height"])


async def measure(cdp: CDPSession, world: IsolatedWorld, device: Device) -> LayoutMetrics | None:
    """Return the page's metrics, None when the page does not answer. Call it before any screenshot.

    Text and elements are measured up to MAX_NODES and for two seconds; on larger pages the counts
    are those of the part seen first.
    """
    size = await contents_size(cdp)
    if size is None:
        return None
    given = {
        "deviceWidth": device.width,
        "contentWidth": size[0],
        "contentHeight": size[1],
        "maxNodes": MAX_NODES,
        "maxTargets": MAX_TARGETS,
        "milliseconds": _SCRIPT_MILLISECONDS,
    }
    try:
        return LayoutMetrics.model_validate(
            await world.evaluate(f"{_script().rstrip()}({json.dumps(given)})", seconds=_SECONDS)
        )
    except (PageUnreadable, ValidationError):
        return None
