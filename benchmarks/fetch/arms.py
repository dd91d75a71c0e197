"""The ways to visit the same sites, each in a process of its own that says when its visits begin and end.

Started as ``python -m benchmarks.fetch.arms ORDER`` with an order in JSON. Its standard input first names
the account of its processor time; it warms up, prints ``ready``, visits at the next line, prints what
that took, and ends when its input closes.
"""

import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from unittest import mock

import structlog
from playwright.async_api import Browser, async_playwright

from benchmarks.fetch.sites import SITES, WARM_UP, Site
from benchmarks.fetch.stages import Stages
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.capture import Manifest, PageCapture, PageClass, Viewport
from services.contracts.messages import FetchSite
from services.fetcher.adapters.browser_flags import DEVICES, FLAGS
from services.fetcher.adapters.browser_process import start_browser
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import SystemClock

FULL_BROWSER = "/usr/bin/chromium"
Visit = Callable[[Site], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one process is to do. ``max_pages`` is None for the raw arms, 0 for no sub-page."""

    arm: str
    slots: int
    mapping: str
    flags: tuple[str, ...]
    resolve: tuple[str, ...]
    authority_pem: str
    max_pages: int | None = None
    interval: float = 1.0
    settings: dict[str, str] = field(default_factory=dict)
    stages: bool = False

    def command(self) -> list[str]:
        return [sys.executable, "-m", "benchmarks.fetch.arms", json.dumps(asdict(self))]


async def raw_visit(browser: Browser, site: Site) -> None:
    """Load the home page on both viewports in fresh contexts and take its document; nothing else."""
    for viewport, device in DEVICES.items():
        context = await browser.new_context(
            viewport={"width": device.width, "height": device.height},
            device_scale_factor=device.scale,
            is_mobile=device.mobile,
            has_touch=device.mobile,
            ignore_https_errors=True,
        )
        page = await context.new_page()
        await page.goto(site.url)
        assert len(await page.content()) > 30_000, (site, viewport)
        await context.close()


@asynccontextmanager
async def open_raw(order: Order) -> AsyncIterator[Visit]:
    """The lower bound: the browser and flags that we ship."""
    flags = (order.mapping, *order.flags)
    process = await start_browser(FetcherSettings(), None, sandbox=True, extra_flags=flags)
    try:
        yield lambda site: raw_visit(process.browser, site)
    finally:
        await process.close()


@asynccontextmanager
async def open_stock(order: Order) -> AsyncIterator[Visit]:
    """What a user would write first: Playwright's launch of Debian's browser, with its defaults."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=FULL_BROWSER, args=[order.mapping, *order.flags])
        yield lambda site: raw_visit(browser, site)
        await browser.close()


@asynccontextmanager
async def open_ours(order: Order) -> AsyncIterator[Visit]:
    """Our fetcher with everything on."""
    settings = FetcherSettings(
        resolve=order.resolve,
        trusted_ca=Path(order.authority_pem),
        request_interval=order.interval,
        max_pages=order.max_pages or 0,
        **order.settings,
    )
    trusting = mock.patch("services.fetcher.adapters.browser_process.FLAGS", FLAGS + order.flags)
    with trusting, tempfile.TemporaryDirectory() as folder:
        store = FolderArtefactStore(Path(folder))
        async with open_fetcher(settings, store, SystemClock()) as handler:

            async def visit(site: Site) -> None:
                code = f"{(SITES.index(site) if site in SITES else 99) + 10_000}"
                authority = Authority(code=code, kind=Kind.COMMUNE, name="Ville", declared_url=site.url, nature="COM")
                audit = AuditId(campaign="benchmark", code=code)
                answer = await handler(FetchSite(audit=audit, authority=authority))
                check(Manifest.model_validate_json(store.get_document(answer.manifest_key)), order.max_pages or 0)

            yield visit


def check(manifest: Manifest, max_pages: int) -> None:
    """Refuse a visit that saved its time by not seeing everything."""

    def whole(page: PageCapture) -> bool:
        pictures = page.screenshot is not None and page.full_screenshot is not None
        return page.readable and pictures and page.layout is not None and page.requests is not None

    homes = [page for page in manifest.pages if page.page_class is PageClass.HOME]
    assert {page.viewport for page in homes} == {Viewport.DESKTOP, Viewport.MOBILE}, manifest.failure
    assert all(whole(page) for page in homes), [(p.viewport, p.failure, p.detail) for p in homes]
    read = {
        page.url
        for page in manifest.pages
        if page.readable and page.page_class not in (PageClass.HOME, PageClass.NOT_FOUND_PROBE)
    }
    assert len(read) == max_pages, (len(read), max_pages)
    assert manifest.visits
    assert manifest.robots
    assert manifest.tls


OPENERS = {"raw": open_raw, "stock": open_stock, "ours": open_ours}


async def work(order: Order, reading: str) -> None:
    loop = asyncio.get_running_loop()
    stages = Stages(reading)
    async with AsyncExitStack() as stack:
        if order.stages:
            stack.enter_context(stages.watching())
        visit = await stack.enter_async_context(OPENERS[order.arm](order))
        await visit(WARM_UP)
        print("ready", flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)
        slots = asyncio.Semaphore(order.slots)

        async def one(site: Site) -> float:
            async with slots:
                began = time.monotonic()
                await visit(site)
                return time.monotonic() - began

        at = stages.reset()
        seconds = await asyncio.gather(*(one(site) for site in SITES))
        found = stages.result(at, len(SITES)) if order.stages else {}
        print(json.dumps({"seconds": seconds, "stages": found}), flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    given = json.loads(sys.argv[1])
    asyncio.run(
        work(Order(**given | {name: tuple(given[name]) for name in ("resolve", "flags")}), sys.stdin.readline().strip())
    )
