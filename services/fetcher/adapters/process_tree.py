"""What the kernel tells about processes: trees, memory, and who is still alive."""

from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def descendants(root: int) -> list[int]:
    """Return a process and everything below it; what ends meanwhile may or may not be in it."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            children.setdefault(int(_fields(stat)[1]), []).append(int(stat.parent.name))
    found, left = [], [root]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def pss_megabytes(root: int, apart: frozenset[int] = frozenset()) -> float:
    """Return the memory of a process tree in MB, without some of it; pages that processes share count once."""
    return sum(_pss_kilobytes(pid) for pid in descendants(root) if pid not in apart) / 1024


def birth(pid: int) -> str | None:
    """Return what tells a process from a later one of the same number, None when there is no such process."""
    try:
        return _fields(PROC / str(pid) / "stat")[19]
    except (OSError, IndexError):
        return None


def command_lines() -> str:
    """Return the command lines of all processes that may be seen, one a line."""
    found = []
    for path in PROC.glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().decode("utf-8", errors="replace").replace("\0", " "))
    return "\n".join(found)


def _fields(stat: Path) -> list[str]:
    return stat.read_text().rsplit(")", 1)[1].split()


def _pss_kilobytes(pid: int) -> int:
    # The kernel keeps the sum of a process of another user from anyone but root: its resident pages then count.
    for name, label in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(OSError, ValueError):
            for line in (PROC / str(pid) / name).read_text().splitlines():
                if line.startswith(label):
                    return int(line.split()[1])
    return 0
