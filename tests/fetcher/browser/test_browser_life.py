"""The browser's own life: sandbox, flags, death, replacement, and what is left when it ends."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.capture import Viewport
from services.contracts.errors import BadInput, BrowserUnavailable
from services.fetcher.adapters import browser_process
from services.fetcher.adapters.browser_flags import DEVICES, browser_user_agent
from services.fetcher.adapters.browser_process import find_program
from services.fetcher.adapters.chromium import ChromiumRenderer
from services.fetcher.metrics import FETCHER
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock
from tests.measured import Measured

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("needs_browser")]


def descendants() -> dict[int, list[str]]:
    """Return the command lines of this process's descendants."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found: dict[int, list[str]] = {}
    for pid in parents:
        ancestor = pid
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        if ancestor == os.getpid() and pid != os.getpid():
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            except OSError:
                continue
    return found


def browsers() -> dict[int, list[str]]:
    return {
        pid: line for pid, line in descendants().items() if "chromium" in line[0] and "--type" not in " ".join(line)
    }


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def environment_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


async def test_the_browser_runs_sandboxed_unprivileged_and_with_our_flags_only_once() -> None:
    renderer = ChromiumRenderer(FetcherSettings(), SystemClock())
    try:
        assert (await renderer.version()).startswith("Chromium/")
        (pid, line), *others = browsers().items()
        assert not others
        assert "--no-sandbox" not in line
        assert owner(pid) != 0
        features = [a for a in line if a.startswith("--disable-features=")]
        assert "HttpsUpgrades" in features[-1]
        assert "WebUIOmniboxPopup" in features[-1]
        assert "--disable-quic" in line
        environment = environment_of(pid)
        assert "AUDIT_BROWSER_PROGRAM" in environment
        assert "PYTEST" not in environment
    finally:
        await renderer.close()


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that is this test's own, and open to the unprivileged browser."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    folder.rmdir()


@pytest.mark.parametrize("killed", [False, True])
async def test_nothing_is_left_when_it_is_closed(base: str, temporary: Path, *, killed: bool) -> None:
    before = set(descendants())
    renderer = ChromiumRenderer(FetcherSettings(), SystemClock())
    async with renderer.session(Viewport.DESKTOP) as session:
        await session.render(f"{base}/page/responsive", screenshots=False)
        if killed:
            (pid,) = set(browsers()) - before
            os.kill(pid, signal.SIGKILL)
    await renderer.close()
    await asyncio.sleep(0.3)
    assert set(descendants()) <= before
    assert names(temporary) == []


async def test_a_start_that_is_given_up_leaves_nothing(temporary: Path) -> None:
    before = set(descendants())
    renderer = ChromiumRenderer(FetcherSettings(), SystemClock())
    starting = asyncio.ensure_future(renderer.version())
    for _ in range(1_000):
        if set(descendants()) - before:
            break
        await asyncio.sleep(0.01)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await renderer.close()
    await asyncio.sleep(0.3)
    assert set(descendants()) <= before
    assert names(temporary) == []


async def test_a_driver_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(descendants())
    monkeypatch.setattr(browser_process, "_CLOSE_SECONDS", 0.5)
    renderer = ChromiumRenderer(FetcherSettings(), SystemClock())
    await renderer.version()
    drivers = [pid for pid, line in descendants().items() if pid not in before and "run-driver" in line]
    for pid in drivers:
        os.kill(pid, signal.SIGSTOP)
    await renderer.close()
    await asyncio.sleep(0.3)
    assert drivers
    assert set(descendants()) <= before


async def test_a_killed_browser_fails_its_page_and_the_next_session_has_a_new_one(base: str) -> None:
    before, measured = set(browsers()), Measured(FETCHER)
    renderer = ChromiumRenderer(FetcherSettings(), SystemClock())
    try:
        async with renderer.session(Viewport.DESKTOP) as session:
            showing = asyncio.ensure_future(session.render(f"{base}/silent", screenshots=False))
            await asyncio.sleep(0.5)
            (pid,) = set(browsers()) - before
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(BrowserUnavailable):
                await showing
        async with renderer.session(Viewport.DESKTOP) as session:
            assert (await session.render(f"{base}/page/responsive", screenshots=False)).status == 200
        assert pid not in browsers()
        assert measured.changes("audit_browser_starts_total") == {("first",): 1, ("died",): 1}
        assert Measured(FETCHER).value("audit_browser_processes") >= 2
        assert Measured(FETCHER).value("audit_browser_memory_bytes") > 20_000_000
        age = SystemClock().now().timestamp() - Measured(FETCHER).value("audit_browser_started_timestamp_seconds")
        assert -1 <= age < 600
    finally:
        await renderer.close()


async def test_a_page_that_crashes_fails_and_the_browser_lives_on(renderer: ChromiumRenderer, base: str) -> None:
    await renderer.version()
    before, measured = set(browsers()), Measured(FETCHER)
    async with renderer.session(Viewport.DESKTOP) as session:
        with pytest.raises(BrowserUnavailable):
            await session.render(f"{base}/page/memory-bomb", screenshots=False)
    assert measured.change("audit_browser_page_crashes_total") == 1
    async with renderer.session(Viewport.DESKTOP) as session:
        assert (await session.render(f"{base}/page/responsive", screenshots=False)).status == 200
    assert set(browsers()) == before


async def test_a_browser_that_served_long_enough_is_replaced_once_its_sessions_end(base: str) -> None:
    before, measured = set(browsers()), Measured(FETCHER)
    renderer = ChromiumRenderer(FetcherSettings(browser_recycle_sites=2), SystemClock())
    try:
        async with renderer.session(Viewport.DESKTOP), renderer.session(Viewport.MOBILE) as old:
            first = set(browsers()) - before
            async with renderer.session(Viewport.DESKTOP):
                assert len(set(browsers()) - before) == 2
            assert (await old.render(f"{base}/page/responsive", screenshots=False)).status == 200
        for _ in range(50):
            if not first & set(browsers()):
                break
            await asyncio.sleep(0.1)
        assert not first & set(browsers())
        assert measured.changes("audit_browser_starts_total") == {("first",): 1, ("visits",): 1}
    finally:
        await renderer.close()


REFUSING = """#!/bin/sh
case " $* " in *" --no-sandbox "*) exec {program} "$@" ;; esac
echo "FATAL: No usable sandbox!" >&2
exit 1
"""


@pytest.fixture
def refusing_program(tmp_path: Path) -> Path:
    """A browser as it behaves where the kernel refuses its sandbox."""
    program = tmp_path / "chromium"
    program.write_text(REFUSING.format(program=find_program(None)))
    program.chmod(0o755)
    return program


async def test_where_the_kernel_refuses_the_sandbox_it_is_given_up_loudly(
    refusing_program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    renderer = ChromiumRenderer(FetcherSettings(browser_path=refusing_program), SystemClock())
    try:
        await renderer.version()
        await renderer.version()
    finally:
        await renderer.close()
    assert capsys.readouterr().out.count("refuses Chromium's sandbox") == 1


async def test_a_required_sandbox_is_never_given_up(refusing_program: Path) -> None:
    wanted = FetcherSettings(browser_path=refusing_program, browser_sandbox="on")
    renderer = ChromiumRenderer(wanted, SystemClock())
    with pytest.raises(BrowserUnavailable):
        await renderer.version()
    await renderer.close()


async def test_a_missing_browser_is_named_with_the_fix() -> None:
    with pytest.raises(BadInput, match="AUDIT_BROWSER_PATH"):
        find_program(Path("/nonexistent/chromium"))


@pytest.mark.parametrize(("viewport", "mobile"), [(Viewport.DESKTOP, False), (Viewport.MOBILE, True)])
async def test_the_user_agent_is_chrome_and_says_who_we_are(viewport: Viewport, mobile: bool) -> None:
    agent = browser_user_agent(DEVICES[viewport], "156.0.8078.79", "https://example.org/audit")
    assert "Chrome/156.0.0.0" in agent
    assert agent.endswith("CommuneAudit/0.1 (+https://example.org/audit)")
    assert ("Mobile" in agent) is mobile
