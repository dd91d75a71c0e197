"""A web server on loopback full of well-behaved and hostile pages, and the real browser to show them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from services.fetcher.adapters.browser_process import find_program
from services.fetcher.adapters.chromium import ChromiumRenderer
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock

PAGES = Path(__file__).parent / "pages"


async def _file(request: web.Request) -> web.StreamResponse:
    path = PAGES / f"{request.match_info['name']}.html"
    if not path.is_file():
        raise web.HTTPNotFound
    headers = {"Set-Cookie": "session=secret; Path=/; HttpOnly; SameSite=Lax"}
    return web.Response(text=path.read_text(encoding="utf-8"), content_type="text/html", headers=headers)


async def _redirect(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/page/responsive")


async def _pdf(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"%PDF-1.4\n%%EOF", content_type="application/pdf")


async def _image(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x89PNG\r\n\x1a\n", content_type="image/png")


async def _empty_error(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def _no_content(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
    await response.prepare(request)
    await response.write("<!doctype html><h1>Début de page</h1>".encode() + b"<p>texte</p>" * 200)
    try:
        while True:
            await response.write(b"<p>encore</p>")
            await asyncio.sleep(0.1)
    except (ConnectionError, asyncio.CancelledError):
        return response


async def _silent(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def _huge(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<!doctype html><body>" + "<div><span>mot</span></div>" * 50_000, content_type="text/html")


async def _latin(_: web.Request) -> web.StreamResponse:
    body = '<!doctype html><meta charset="iso-8859-1"><p>Été à Sainte-Colombe</p>'.encode("cp1252")
    return web.Response(body=body, headers={"Content-Type": "text/html"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/page/{name}", _file)
    for name, answer in {
        "redirect": _redirect,
        "file.pdf": _pdf,
        "image": _image,
        "empty-error": _empty_error,
        "no-content": _no_content,
        "endless": _endless,
        "silent": _silent,
        "huge": _huge,
        "latin": _latin,
    }.items():
        app.router.add_get(f"/{name}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture(scope="session")
def needs_browser() -> None:
    """Fail at once, with the way to mend it, where there is no browser: ``make test`` installs one."""
    find_program(None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renderer(needs_browser: None) -> AsyncIterator[ChromiumRenderer]:  # noqa: ARG001
    chromium = ChromiumRenderer(FetcherSettings(page_timeout=2), SystemClock())
    yield chromium
    await chromium.close()
