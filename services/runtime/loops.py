"""Work that goes on beside the messages, each on a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from services.contracts.errors import AuditError
from services.runtime.logging import get_logger

_log = get_logger(__name__)


class Loop(Protocol):
    """Work that goes on until it is told to stop."""

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""

    def run(self) -> None:
        """Work until ``stop``."""

    def stop(self) -> None:
        """End soon; may be called from any thread."""


class Repeatedly:
    """Does something at once, and again so many seconds after it ended. What fails is said, and done again next time.

    For work that nothing else depends on, as reading figures for the metrics.
    """

    def __init__(self, what: str, do: Callable[[], None], *, seconds: float) -> None:
        self._what = what
        self._do = do
        self._seconds = seconds
        self._stop = threading.Event()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Do it no more."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``."""
        while not self._stop.is_set():
            try:
                self._do()
            except AuditError as error:
                _log.warning("not done this time", what=self._what, error=str(error))
            except Exception:  # noqa: BLE001  # the outermost edge of a thread whose work nothing depends on
                _log.exception("not done this time", what=self._what)
            self._stop.wait(self._seconds)


@contextmanager
def running(name: str, loop: Loop, *, on_defect: Callable[[], None]) -> Iterator[None]:
    """Run a loop on a thread of its own while the block runs; say so when it ends before that."""

    def work() -> None:
        try:
            loop.run()
        finally:
            if not loop.stopping:
                on_defect()

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(timeout=30)


def nothing() -> None:
    """Do nothing: for loops whose end ends nothing else."""
