"""The browser asks for what the page asks for, and for nothing of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.contracts.capture import Viewport
from services.fetcher.adapters.browser_process import PROGRAMS
from services.fetcher.adapters.chromium import ChromiumRenderer, ProxyAccess
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock

pytestmark = pytest.mark.usefixtures("needs_browser")

PAGE = b"<!doctype html><html lang=de><title>Rathaus</title><p>Guten Tag</p><input type=password name=p>"
IDLE_SECONDS = 3.0
"""Long enough for what a browser does once it has started: updates, lists, experiments, captive portals."""
INSTALLED = [path for paths in PROGRAMS.values() for path in paths if path.exists() and "/lib/" in str(path)]


@contextlib.asynccontextmanager
async def recording_proxy() -> AsyncIterator[tuple[str, set[str]]]:
    """Serve one page to whatever is asked for, and remember which hosts were."""
    asked: set[str] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            method, target, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
            asked.add(target.split(":")[0] if method == "CONNECT" else urlsplit(target).hostname or target)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                % len(PAGE)
            )
            writer.write(PAGE)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    server.close()


@pytest.mark.parametrize("program", INSTALLED, ids=lambda path: path.name)
async def test_it_speaks_to_no_host_of_its_vendor(program: Path) -> None:
    async with recording_proxy() as (server_url, asked):
        settings = FetcherSettings(browser_path=program)
        renderer = ChromiumRenderer(settings, SystemClock(), ProxyAccess(server_url=server_url))
        try:
            async with renderer.session(Viewport.DESKTOP) as session:
                seen = await session.render("http://rathaus.example/", screenshots=False)
                await asyncio.sleep(IDLE_SECONDS)
        finally:
            await renderer.close()
    assert seen.status == 200
    assert asked == {"rathaus.example"}


async def test_a_sandbox_that_is_switched_off_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    renderer = ChromiumRenderer(FetcherSettings(browser_sandbox="off"), SystemClock())
    try:
        await renderer.version()
    finally:
        await renderer.close()
    assert "AUDIT_BROWSER_SANDBOX=off" in capsys.readouterr().out
