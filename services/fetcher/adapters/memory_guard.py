"""Ends a page that eats the machine's memory, before it ends the others.

V8's own limit covers strings and objects only: buffers, pictures, elements and textures lie outside it.
"""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import structlog

log = structlog.get_logger()

_SECONDS = 0.5
_PAGES = os.sysconf("SC_PAGE_SIZE")
_BOUNDED = ("renderer", "gpu-process", "utility")
"""Kinds of processes that a page can fill; the browser survives the death of each."""


async def end_greedy_pages(browser: int, most_bytes: int) -> None:
    """Kill, for ever, any child process of a browser that holds more memory of its own than that."""
    while True:
        await asyncio.sleep(_SECONDS)
        for pid, kind in _greedy(browser, most_bytes):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                log.info("a page took too much memory and was ended", process=kind, limit=most_bytes)


def _greedy(browser: int, most_bytes: int) -> list[tuple[int, str]]:
    """Return the processes of a browser's group that hold too much, and their kinds."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == browser:
            continue
        try:
            if os.getpgid(int(entry.name)) != browser:
                continue
            _, resident, shared, *_ = (entry / "statm").read_text(encoding="ascii").split()
            if (int(resident) - int(shared)) * _PAGES <= most_bytes:
                continue
            kind = _kind((entry / "cmdline").read_text(encoding="utf-8", errors="replace"))
        except OSError:
            # It ended meanwhile.
            continue
        if kind in _BOUNDED:
            found.append((int(entry.name), kind))
    return found


def _kind(command_line: str) -> str:
    words = command_line.replace("\0", " ").split(" ")
    return next((word.partition("=")[2] for word in words if word.startswith("--type=")), "")
