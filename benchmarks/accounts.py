"""The processor time of processes and of everything that they start, also of what has ended meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_V1, _V2 = Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")


class Account:
    """A control group that counts. What is started while it is joined belongs to it for good."""

    def __init__(self, name: str) -> None:
        self._first = (_V1 / "cpuacct.usage").exists()
        self._parent = _V1 if self._first else _V2
        self._group = self._parent / f"audit-account-{os.getpid()}-{name}"
        try:
            self._group.mkdir()
        except OSError as error:
            raise SystemExit(f"{self._parent}: control groups are needed to count (root): {error.strerror}") from error

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Count this process too while the block runs, and what it starts for ever."""
        (self._group / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._parent / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self) -> float:
        """Return the processor seconds used so far."""
        if self._first:
            return int((self._group / "cpuacct.usage").read_text()) / 1e9
        lines = (line.split() for line in (self._group / "cpu.stat").read_text().splitlines())
        return next(int(value) for name, value in lines if name == "usage_usec") / 1e6

    def close(self) -> None:
        """Remove the group. Its processes must have ended."""
        self._group.rmdir()


@contextmanager
def accounts(*names: str) -> Iterator[dict[str, Account]]:
    """Open accounts by name for the length of the block."""
    opened = {name: Account(name) for name in names}
    try:
        yield opened
    finally:
        for account in opened.values():
            account.close()
