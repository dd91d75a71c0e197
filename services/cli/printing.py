"""Prints our own report as a PDF, with the browser that fetchers use and its sandbox."""

import asyncio

from playwright.async_api import Error as PlaywrightError

from services.contracts.errors import BadInput, BrowserUnavailable
from services.fetcher.adapters.browser_process import start_browser
from services.fetcher.settings import FetcherSettings
from services.runtime.logging import get_logger
from services.runtime.settings import read_settings

_SECONDS = 120.0
_MARGIN = "14mm"
_log = get_logger(__name__)


def print_pdf(html: str) -> bytes | None:
    """Return a page of ours on A4 paper; None, and a warning, on a machine without a browser that can do it."""
    try:
        return asyncio.run(_print(html))
    except (BadInput, BrowserUnavailable, PlaywrightError, TimeoutError) as error:
        _log.warning("no PDF of the report", error=str(error).splitlines()[0] if str(error) else "time-out")
        return None


async def _print(html: str) -> bytes:
    settings = read_settings(FetcherSettings)
    process = await start_browser(settings, None, sandbox=settings.browser_sandbox != "off")
    try:
        async with asyncio.timeout(_SECONDS):
            page = await process.browser.new_page(java_script_enabled=False)
            await page.set_content(html, wait_until="load")
            margins = {"top": _MARGIN, "bottom": _MARGIN, "left": _MARGIN, "right": _MARGIN}
            return await page.pdf(format="A4", print_background=True, margin=margins)  # type: ignore[arg-type]
    finally:
        await process.close()
