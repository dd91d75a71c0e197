"""The folders that browsers work in: each names its owner, so that what a killed process left can be swept."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import structlog

from services.fetcher.adapters.process_tree import birth, command_lines

log = structlog.get_logger()

_PREFIX = "commune-audit-browser"
_OURS = re.compile(_PREFIX + r"-(\d+)-(\d+)-")
_PROFILES = ("playwright_chromiumdev_profile-*", "playwright-artifacts-*")
_SETTLED_SECONDS = 60.0
"""A profile without a process is left alone while it is this young: its browser may be about to start."""


def new_folder() -> Path:
    """Return a new private folder that names this process as its owner."""
    pid = os.getpid()
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-{pid}-{birth(pid) or 0}-"))


def sweep() -> int:
    """Remove what browsers of processes that are no more have left; return how many folders that were."""
    place = Path(tempfile.gettempdir())
    left = [path for path in place.glob(f"{_PREFIX}-*") if _orphaned(path.name)]
    profiles = [path for pattern in _PROFILES for path in place.glob(pattern)]
    if profiles:
        running, newest = command_lines(), _now(place)
        left += [path for path in profiles if path.name not in running and _settled(path, newest)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    if left:
        log.warning("removed what a killed browser left", folders=len(left))
    return len(left)


def _orphaned(name: str) -> bool:
    owner = _OURS.match(name)
    return owner is not None and birth(int(owner[1])) != owner[2]


def _now(place: Path) -> float:
    """Return the file system's own time."""
    handle, name = tempfile.mkstemp(dir=place)
    os.close(handle)
    path = Path(name)
    try:
        return path.stat().st_mtime
    finally:
        path.unlink()


def _settled(path: Path, now: float) -> bool:
    try:
        return path.is_dir() and now - path.stat().st_mtime > _SETTLED_SECONDS
    except OSError:
        return False
