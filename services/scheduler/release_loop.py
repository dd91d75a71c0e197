"""The scheduler's own rhythm: keep the window of all campaigns full, repeat and reconcile."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from services.contracts.errors import AuditError
from services.runtime.backoff import delays
from services.runtime.logging import get_logger
from services.scheduler.domain.campaign import by_precedence
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.handlers import Dispatcher
from services.scheduler.ports import Ledger

_log = get_logger(__name__)
_RECONCILE_EVERY = 60


class ReleaseLoop:
    """Ticks the dispatcher for each unfinished campaign until told to stop; errors of servers make it wait.

    The campaign of the highest priority comes first. ``repeat`` is called before each reconciliation.
    """

    def __init__(
        self,
        ledger: Ledger,
        dispatcher: Dispatcher,
        *,
        repeat: Callable[[], None],
        tick_seconds: float,
        passing: tuple[type[Exception], ...],
    ) -> None:
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._repeat = repeat
        self._tick_seconds = tick_seconds
        self._passing: tuple[type[Exception], ...] = (AuditError, *passing)
        self._stop = threading.Event()
        self._wake = threading.Event()
        self.healthy = False

    def run(self) -> None:
        """Work until ``stop``. An error outside our hierarchy and the broker's ends the loop: it is a defect."""
        waits, ticks = delays(random.random), 0
        while not self._stop.is_set():
            # Before the look: what is asked for during it is seen by the next one.
            self._wake.clear()
            try:
                self._tick(reconcile=ticks % _RECONCILE_EVERY == 0)
            except self._passing as error:
                self.healthy = False
                pause = next(waits)
                _log.warning("work could not be released", error=str(error), next_try_seconds=round(pause, 1))
                self._stop.wait(pause)
                continue
            waits, ticks, self.healthy = delays(random.random), ticks + 1, True
            self._wake.wait(self._tick_seconds)

    @property
    def stopping(self) -> bool:
        """Whether the loop was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Release nothing more."""
        self._stop.set()
        self._wake.set()

    def wake(self) -> None:
        """Look at once at what can be released, from any thread."""
        self._wake.set()

    def _tick(self, *, reconcile: bool) -> None:
        if reconcile:
            self._repeat()
        unfinished = self._ledger.unfinished()
        for campaign in by_precedence(c for c in self._ledger.campaigns() if c.name in unfinished):
            if reconcile:
                self._dispatcher.reconcile(campaign.name)
            self._dispatcher.tick(campaign.name, on_demand_only=campaign.state is not CampaignState.RUNNING)


class Loop(Protocol):
    """Work that goes on until it is told to stop."""

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""

    def run(self) -> None:
        """Work until ``stop``."""

    def stop(self) -> None:
        """End soon; may be called from any thread."""


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
