"""Reads how much room the machine, or the container we run in, has left (Linux PSI, /proc/meminfo, cgroups)."""

import re
from pathlib import Path

from services.fetcher.domain.admission import Pressure

_SOME = re.compile(r"^some avg10=([0-9.]+)", re.MULTILINE)
_NO_LIMIT = 1 << 50
"""An unlimited version 1 group states a number near the largest there is."""


def read_pressure(root: Path = Path("/")) -> Pressure:
    """Return the present pressure. Never raises: what cannot be read is None."""
    group = root / "sys/fs/cgroup"
    return Pressure(
        cpu=_stall(root / "proc/pressure/cpu"),
        memory=_stall(root / "proc/pressure/memory"),
        available=min(filter(None, (_available(root), _below_limit(group))), default=None),
    )


def _stall(path: Path) -> float | None:
    found = _SOME.search(_text(path))
    return float(found[1]) if found else None


def _available(root: Path) -> float | None:
    found = re.search(r"^MemAvailable:\s+(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    return int(found[1]) / 1024 if found else None


def _below_limit(group: Path) -> float | None:
    """Return what the container's limit leaves; memory that only caches files counts as free."""
    for limit, usage, stat in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        most, used = _text(group / limit).strip(), _text(group / usage).strip()
        if most.isdecimal() and used.isdecimal() and int(most) < _NO_LIMIT:
            cached = re.search(r"^(?:total_)?inactive_file (\d+)", _text(group / stat), re.MULTILINE)
            return max(int(most) - int(used) + (int(cached[1]) if cached else 0), 1) / 1e6
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
