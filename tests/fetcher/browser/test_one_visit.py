"""The sessions of one visit share fetched pictures, styles and scripts, and nothing that tells the visitor apart."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web

from services.contracts.capture import Viewport
from services.fetcher.adapters.browser_flags import DEVICES, browser_user_agent
from services.fetcher.adapters.chromium import ChromiumRenderer
from services.fetcher.ports import Rendered, SiteVisit
from services.fetcher.settings import FetcherSettings

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("needs_browser")]

# What a page can find out about its visitor, written into the document.
SPY = """<script>
const stored = () => [document.cookie, localStorage.length, sessionStorage.length].join();
const seen = {agent: navigator.userAgent, width: innerWidth, ratio: devicePixelRatio, touch: navigator.maxTouchPoints,
  coarse: matchMedia("(pointer:coarse)").matches, hover: matchMedia("(hover:hover)").matches,
  language: navigator.languages.join(), screen: [screen.width, screen.height, screen.orientation.type].join(),
  stored: stored()};
document.cookie = "seen=1;max-age=600"; localStorage.seen = 1; sessionStorage.seen = 1;
document.title = JSON.stringify(seen);
</script>"""


@dataclass
class Site:
    base: str = ""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        agent = "mobile" if "Mobile" in request.headers["User-Agent"] else "desktop"
        self.asked.append((request.path, agent, request.headers.get("Cookie")))
        long = {"Cache-Control": "public, max-age=86400"}
        if request.path == "/style.css":
            return web.Response(text="p{color:#123}", content_type="text/css", headers=long | {"Set-Cookie": "css=1"})
        if request.path in ("/", "/frame"):
            frame = '<iframe src="/frame"></iframe>' if request.path == "/" else ""
            head = '<!doctype html><meta name="viewport" content="width=device-width">'
            body = f'{head}<link rel="stylesheet" href="/style.css">{SPY}'
            body += f"<h1>Version {agent}</h1>{frame}"
            return web.Response(text=body, content_type="text/html", headers=long | {"Set-Cookie": "php=1; HttpOnly"})
        raise web.HTTPNotFound


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    state = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", state.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    state.base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield state
    await runner.cleanup()


async def show(visit: SiteVisit, viewport: Viewport, url: str) -> Rendered:
    async with visit.session(viewport) as session:
        return await session.render(url, screenshots=False)


def spied(seen: Rendered | bytes) -> dict[str, object]:
    dom = seen.dom if isinstance(seen, Rendered) else seen
    assert dom is not None
    told = dom.decode().partition("<title>")[2].partition("</title>")[0]
    found: dict[str, object] = json.loads(told.replace("&amp;", "&"))
    return found


async def test_a_style_is_fetched_once_and_each_document_for_each_device(
    renderer: ChromiumRenderer, site: Site
) -> None:
    site.asked.clear()
    async with renderer.visit() as visit:
        for viewport in (Viewport.DESKTOP, Viewport.MOBILE):
            seen = await show(visit, viewport, site.base)
            assert seen.dom is not None
            assert f"Version {'mobile' if viewport is Viewport.MOBILE else 'desktop'}" in seen.dom.decode()
    paths = [(path, agent) for path, agent, _ in site.asked]
    assert [p for p in paths if p[0] == "/style.css"] == [("/style.css", "desktop")]
    assert {p for p in paths if p[0] in ("/", "/frame")} == {
        (path, agent) for path in ("/", "/frame") for agent in ("desktop", "mobile")
    }


async def test_the_second_session_is_seen_as_a_first_visit(renderer: ChromiumRenderer, site: Site) -> None:
    site.asked.clear()
    async with renderer.visit() as visit:
        await show(visit, Viewport.DESKTOP, site.base)
        first = len(site.asked)
        seen = await show(visit, Viewport.MOBILE, site.base)
    assert site.asked[first] == ("/", "mobile", None)
    assert spied(seen)["stored"] == ",0,0"
    assert {cookie.name for cookie in seen.cookies} == {"php", "seen"}


async def test_pages_of_one_session_are_seen_as_one_visitor(renderer: ChromiumRenderer, site: Site) -> None:
    async with renderer.visit() as visit:
        await show(visit, Viewport.DESKTOP, site.base)
        async with visit.session(Viewport.MOBILE) as session:
            await session.render(site.base, screenshots=True)
            again = await session.render(site.base, screenshots=False)
    assert "php=1" in (site.asked[-1][2] or "")
    assert "seen=1" in str(spied(again)["stored"])
    assert (spied(again)["width"], spied(again)["ratio"]) == (360, 3)


@pytest.mark.parametrize("viewport", [Viewport.DESKTOP, Viewport.MOBILE])
async def test_a_device_is_what_the_page_and_its_frames_find(
    renderer: ChromiumRenderer, site: Site, viewport: Viewport
) -> None:
    device = DEVICES[viewport]
    async with renderer.visit() as visit:
        for _ in range(2):
            seen = await show(visit, viewport, site.base)
    version = (await renderer.version()).partition("/")[2]
    expected = {
        "agent": browser_user_agent(device, version, FetcherSettings().contact_url),
        "width": device.width,
        "ratio": device.scale,
        "touch": int(device.mobile),
        "coarse": device.mobile,
        "hover": not device.mobile,
        "language": "fr-FR",
        "screen": f"{device.width},{device.height},{'portrait' if device.mobile else 'landscape'}-primary",
        "stored": ",0,0",
    }
    assert spied(seen) == expected
    ((_, frame),) = seen.frames
    assert spied(frame)["agent"] == expected["agent"]
    assert spied(frame)["ratio"] == expected["ratio"]


async def test_a_visit_whose_browser_died_goes_on_in_another(renderer: ChromiumRenderer, site: Site) -> None:
    async with renderer.visit() as visit:
        await show(visit, Viewport.DESKTOP, site.base)
        process = await renderer._pool.current()  # noqa: SLF001
        process.kill()
        seen = await show(visit, Viewport.MOBILE, site.base)
    assert seen.status == 200
