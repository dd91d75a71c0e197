"""Processor time and memory of a process and everything it started, also of what has ended meanwhile."""

import os
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_V1, _V2 = Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")


def cpu_seconds_of(reading: str) -> float:
    """Return the processor seconds of a control group's account, or of the process tree that a number names."""
    if reading.isdecimal():
        return sum(_ticks(pid) for pid in descendants(int(reading))) / _TICK
    account = Path(reading)
    if account.name == "cpuacct.usage":
        return int(account.read_text()) / 1e9
    rows = (line.split() for line in account.read_text().splitlines())
    return next(int(value) for name, value in rows if name == "usage_usec") / 1e6


class Meter:
    """Measures one process tree. Where we may make a control group its account is used, else the sum of /proc.

    ``method`` says which; ``reading`` names it to ``cpu_seconds_of``. The process must be given before it
    starts any other.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._group: Path | None = None
        self.reading, self.method = str(pid), "/proc"
        first = (_V1 / "cpuacct.usage").exists()
        group = (_V1 if first else _V2) / f"commune-audit-benchmark-{pid}"
        account = group / ("cpuacct.usage" if first else "cpu.stat")
        try:
            group.mkdir()
            self._group = group
            (group / "cgroup.procs").write_text(str(pid))
            cpu_seconds_of(str(account))
        except (OSError, ValueError, StopIteration):
            self.close()
        else:
            self.reading, self.method = str(account), "cgroup"

    def cpu_seconds(self) -> float:
        """Return the processor seconds used so far."""
        return cpu_seconds_of(self.reading)

    def memory_mb(self) -> float:
        """Return the proportional set size of the tree, in MB: pages that processes share count once."""
        return sum(_pss(pid) for pid in self.pids()) / 1024

    def pids(self) -> list[int]:
        """Return the tree's processes, the first included."""
        if self._group is not None:
            return [int(line) for line in (self._group / "cgroup.procs").read_text().split()]
        return descendants(self._pid)

    def close(self) -> None:
        """Remove the control group; its processes must have ended."""
        if self._group is not None:
            with suppress(OSError):
                self._group.rmdir()
        self._group = None


def descendants(root: int) -> list[int]:
    """Return a process and everything below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children.setdefault(int(stat.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
    found, left = [], [root]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def _ticks(pid: int) -> int:
    """Return a process's own time and that of the children it has buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
