"""One Playwright driver with one Chromium: started in a sandbox, watched, and closed without a trace."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import structlog
from playwright.async_api import Browser, Playwright, ProxySettings, async_playwright
from playwright.async_api import Error as PlaywrightError

from services.contracts.errors import BadInput, BrowserUnavailable
from services.fetcher.adapters.browser_flags import FLAGS
from services.fetcher.adapters.browser_folders import new_folder, sweep
from services.fetcher.settings import FetcherSettings

log = structlog.get_logger()

PROGRAMS = {
    "shell": (Path("/usr/lib/chromium/chromium-headless-shell"), Path("/usr/bin/chromium-headless-shell")),
    "full": (Path("/usr/lib/chromium/chromium"), Path("/usr/bin/chromium")),
}
"""Debian's browsers. The headless shell needs a third to three quarters of the processor time of the full one."""

_WRAPPER = "run_browser.sh"
_START_SECONDS = 60
_CLOSE_SECONDS = 10
_SANDBOX_REFUSALS = ("sandbox", "namespace", "setpriv", "operation not permitted", "permission denied")
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "FONTCONFIG_PATH", "LD_LIBRARY_PATH")
"""Hostile pages run in this process: it inherits no other variable, so no credential."""


def find_program(configured: Path | None, wanted: str = "auto") -> Path:
    """Return the Chromium to drive. Raises BadInput, naming the fix, when there is none.

    ``wanted`` is ``shell``, ``full``, or ``auto`` for the shell where it is there.
    """
    if configured is not None:
        if not os.access(configured, os.X_OK):
            raise BadInput(f"AUDIT_BROWSER_PATH: {configured} is not a program that can be run")
        return configured
    for kind in PROGRAMS if wanted == "auto" else (wanted,):
        for path in PROGRAMS[kind]:
            if os.access(path, os.X_OK):
                return path
    package = "chromium" if wanted == "full" else "chromium-headless-shell"
    raise BadInput(f"no Chromium found: install Debian's {package}, or set AUDIT_BROWSER_PATH")


@dataclass(eq=False)
class BrowserProcess:
    """A running browser. ``dead`` is set as soon as it can no longer be used."""

    playwright: Playwright
    browser: Browser
    sandboxed: bool
    folder: Path
    profile: Path | None = None
    pid: int | None = None
    driver: int | None = None
    """The process of Playwright's own that drives the browser."""
    started_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    users: int = 0
    visits: int = 0
    megabytes: float = 0.0
    weighed_at: float = 0.0
    retired: bool = False
    dead: asyncio.Event = field(default_factory=asyncio.Event)
    guard: asyncio.Task[None] | None = None
    """Watches over it while it runs."""

    @property
    def usable(self) -> bool:
        """Whether new sessions may be opened in it."""
        return not self.retired and not self.dead.is_set()

    async def close(self) -> None:
        """End the browser and its driver, kill what does not end, and remove their files. Never raises."""
        self.retired = True
        if self.guard is not None:
            self.guard.cancel()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.browser.close()
        except (TimeoutError, PlaywrightError):
            self.kill()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.playwright.stop()
        except (TimeoutError, PlaywrightError):
            log.warning("browser driver did not stop and is killed", pid=self.driver)
            _kill(self.driver)
        self.dead.set()
        # The driver removes its profile folder, but not after a browser that was killed.
        for folder in (self.folder, self.profile):
            if folder is not None:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill the browser's process group, when it is known."""
        self.dead.set()
        if self.pid:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                log.debug("browser was already gone", pid=self.pid)


async def start_browser(
    settings: FetcherSettings, proxy_server: str | None, *, sandbox: bool, extra_flags: tuple[str, ...] = ()
) -> BrowserProcess:
    """Start a browser whose traffic all goes through the proxy (credentials are the sessions' business).

    With ``browser_sandbox=auto`` a kernel that refuses the sandbox makes it start without one, with a
    warning. Raises BadInput without a program, BrowserUnavailable when it does not start.
    """
    program = find_program(settings.browser_path, settings.browser)
    try:
        return await _start(program, proxy_server, FLAGS + extra_flags, sandbox=sandbox)
    except PlaywrightError as error:
        complaint = _complaint(error.message)
        refused = any(word in complaint.lower() for word in _SANDBOX_REFUSALS)
        if not (sandbox and refused and settings.browser_sandbox == "auto"):
            raise BrowserUnavailable(f"{program} did not start: {complaint}") from error
        log.warning(
            "this machine refuses Chromium's sandbox: hostile pages now run without it",
            fix="allow unprivileged user namespaces, or install chromium-sandbox",
            error=complaint,
        )
    except TimeoutError as error:
        raise BrowserUnavailable(f"{program} did not start within {_START_SECONDS} s") from error
    return await start_browser(settings, proxy_server, sandbox=False, extra_flags=extra_flags)


async def _start(program: Path, proxy_server: str | None, flags: tuple[str, ...], *, sandbox: bool) -> BrowserProcess:
    folder, environment = _prepare(program, unprivileged=sandbox and os.geteuid() == 0)
    playwright: Playwright | None = None
    try:
        async with asyncio.timeout(_START_SECONDS):
            playwright = await async_playwright().start()
            browser = await playwright.chromium.launch(
                executable_path=folder / _WRAPPER,
                args=list(flags),
                chromium_sandbox=sandbox,
                proxy=ProxySettings(server=proxy_server) if proxy_server else None,
                env=environment,
                # In our folder, which is removed whatever becomes of the driver.
                artifacts_dir=folder / "artifacts",
                # A signal to the process group must not look like a failure of the site.
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                timeout=_START_SECONDS * 1000,
            )
            process = BrowserProcess(playwright=playwright, browser=browser, sandboxed=sandbox, folder=folder)
            browser.on("disconnected", lambda _: process.dead.set())
            process.pid = await _pid(browser)
            process.profile = _profile(process.pid)
            process.driver = _parent(process.pid)
            return process
    except BaseException:
        if playwright is not None:
            with suppress(PlaywrightError):
                await playwright.stop()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _complaint(message: str) -> str:
    """Return what the browser itself said in Playwright's report, which is mostly our own flags."""
    said = [line.partition("[err]")[2].strip() for line in message.splitlines() if "[err]" in line]
    return " ".join(said)[:500] or message.splitlines()[0][:500]


def _prepare(program: Path, *, unprivileged: bool) -> tuple[Path, dict[str, str | float | bool]]:
    """Return the browser's private folder, with the script that starts it, and its environment."""
    sweep()
    folder = new_folder()
    home = folder / "home"
    home.mkdir()
    # The script lies outside what the browser may write: root runs it.
    wrapper = folder / _WRAPPER
    wrapper.write_bytes(files(__package__).joinpath(_WRAPPER).read_bytes())
    wrapper.chmod(0o755)
    if unprivileged:
        folder.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return folder, _environment(home, program, unprivileged=unprivileged)


def _environment(home: Path, program: Path, *, unprivileged: bool) -> dict[str, str | float | bool]:
    kept: dict[str, str | float | bool] = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    given = {"HOME": str(home), "TMPDIR": str(home), "AUDIT_BROWSER_PROGRAM": str(program)}
    return kept | given | ({} if unprivileged else {"AUDIT_BROWSER_AS_ROOT": "1"})


async def _pid(browser: Browser) -> int | None:
    session = await browser.new_browser_cdp_session()
    answer = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return next((int(p["id"]) for p in answer["processInfo"] if p["type"] == "browser"), None)


def _parent(pid: int | None) -> int | None:
    """Return the process that started a browser; never this one or the system's."""
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return None
    return parent if parent not in (0, 1, os.getpid()) else None


def _kill(pid: int | None) -> None:
    if pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _profile(pid: int | None) -> Path | None:
    """Return the profile folder that the driver made for a browser, as the browser was told."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return None
    named = (a.partition("=")[2] for a in arguments if a.startswith("--user-data-dir="))
    return next((Path(name) for name in named if "playwright" in Path(name).name), None)
