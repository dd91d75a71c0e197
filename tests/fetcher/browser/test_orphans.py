"""Nothing of a fetcher that was killed in the middle of a site stays behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.fetcher.adapters.browser_folders import new_folder, sweep
from services.fetcher.adapters.process_tree import birth, descendants, pss_megabytes

pytestmark = pytest.mark.usefixtures("needs_browser")

SHOWING = """
import asyncio, os, sys
from services.contracts.capture import Viewport
from services.fetcher.adapters.chromium import ChromiumRenderer
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock

async def show(url):
    async with ChromiumRenderer(FetcherSettings(), SystemClock()).session(Viewport.DESKTOP) as session:
        print("showing", flush=True)
        await session.render(url, screenshots=False)

asyncio.run(show(sys.argv[1]))
"""

SILENT = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(120)
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def ended(condition: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def running(pids: list[int]) -> list[int]:
    """Return those that still run; a zombie does not."""
    found = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.append(pid)
    return found


@pytest.mark.parametrize("victim", ["fetcher", "fetcher and driver"])
def test_a_killed_fetcher_leaves_no_process_and_the_next_start_removes_its_folders(
    temporary: Path, victim: str
) -> None:
    # A port that accepts and never answers: the site is in the middle when the process dies.
    server = subprocess.Popen([sys.executable, "-c", SILENT], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    environment = os.environ | {"TMPDIR": str(temporary)}
    fetcher = subprocess.Popen(
        [sys.executable, "-c", SHOWING, f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert fetcher.stdout is not None
    try:
        assert any("showing" in line for line in fetcher.stdout)
        tree = descendants(fetcher.pid)
        assert len(tree) >= 4
        drivers = (
            [pid for pid in tree if "node" in str(Path(f"/proc/{pid}/exe").readlink())] if "driver" in victim else []
        )
        for pid in [fetcher.pid, *drivers]:
            os.kill(pid, signal.SIGKILL)
        fetcher.wait()
        assert ended(lambda: not running(tree)), running(tree)
    finally:
        server.kill()
        server.wait()
        fetcher.kill()
        fetcher.stdout.close()
        server.stdout.close()
    for path in temporary.glob("playwright*"):
        # As if a minute had passed.
        os.utime(path, (0, 0))
    sweep()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_living_process_is_never_swept(temporary: Path) -> None:
    folder = new_folder()
    strange = temporary / "commune-audit-browser-of-an-earlier-version"
    strange.mkdir()
    young = temporary / "playwright_chromiumdev_profile-young"
    young.mkdir()
    assert sweep() == 0
    assert folder.is_dir()
    assert strange.is_dir()
    assert young.is_dir()


def test_the_folder_of_a_process_whose_number_was_used_again_is_swept(temporary: Path) -> None:
    stale = temporary / f"commune-audit-browser-{os.getpid()}-1-abc"
    stale.mkdir()
    assert sweep() == 1
    assert not stale.exists()


def test_the_kernel_tells_of_processes_that_are_and_of_none_that_is_not() -> None:
    assert birth(os.getpid()) is not None
    assert birth(2**22 + 1) is None
    assert os.getpid() in descendants(os.getpid())
    assert pss_megabytes(os.getpid()) > 5
