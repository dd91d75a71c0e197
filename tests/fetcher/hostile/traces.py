"""What a process leaves: its children, its temporary files, its sockets, its memory."""

import ctypes
import gc
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Traces:
    """Processes below this one, entries of the temporary folder, open sockets, and bytes of resident memory."""

    children: list[str]
    temporary: list[str]
    sockets: int
    memory: int


def traces() -> Traces:
    """Return what there is of this process now; memory that is only kept for later use is given back first."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    me = os.getpid()
    return Traces(
        children=sorted(_name(pid) for pid in below(me) if pid != me),
        temporary=sorted(path.name for path in Path(tempfile.gettempdir()).iterdir()),
        sockets=sum(1 for fd in Path("/proc/self/fd").iterdir() if _target(fd).startswith("socket:")),
        memory=_resident(me),
    )


def below(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def memory_of(root: int) -> int:
    """Return the bytes of memory of a process and its descendants, shared pages counted once among them."""
    return sum(_proportional(pid) for pid in below(root))


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:200]
    except OSError:
        return ""


def _target(fd: Path) -> str:
    try:
        return str(fd.readlink())
    except OSError:
        return ""
