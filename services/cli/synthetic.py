"""The synthetic country as a child process, for runs that audit it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.contracts.errors import BadInput
from services.contracts.model import Record
from services.runtime.clock import Clock

_START_SECONDS = 120


class Connection(Record):
    """How to reach a running synthetic country."""

    resolve: tuple[str, ...]
    dns_server: str
    trusted_ca: Path
    targets: Path
    truth: Path


@contextmanager
def synthetic_country(folder: Path, *, size: int, seed: int, showcase: bool, clock: Clock) -> Iterator[Connection]:
    """Serve a synthetic country until the block ends. Raises BadInput when it does not start."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "connection.json"
    ready.unlink(missing_ok=True)
    log = folder / "simulator.log"
    with log.open("w", encoding="utf-8") as output:
        command = [sys.executable, "-m", "services.cli", "simulate", "--out", str(folder)]
        command += ["--size", str(size), "--seed", str(seed)] + (["--showcase"] if showcase else [])
        child = subprocess.Popen(  # noqa: S603  # our own command
            # The kernel ends the country with us, even when we are killed.
            ["setpriv", "--pdeathsig", "TERM", "--", *command],  # noqa: S607  # from util-linux
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _wait(child, ready, log, clock)
        described = json.loads(ready.read_text(encoding="utf-8"))
        yield Connection(
            resolve=tuple(described["resolve"]),
            dns_server=described["dns_server"],
            trusted_ca=folder / "ca.pem",
            targets=folder / "targets.csv",
            truth=folder / "truth.json",
        )
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(child: "subprocess.Popen[bytes]", ready: Path, log: Path, clock: Clock) -> None:
    started = clock.now()
    while not ready.exists():
        try:
            child.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            if (clock.now() - started).total_seconds() < _START_SECONDS:
                continue
        last = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise BadInput(f"the synthetic country did not start: {last}")
