"""The scheduler's own rhythm: keep the window of all campaigns full, repeat and reconcile."""

import random
import threading
from collections.abc import Callable

from services.contracts.errors import AuditError
from services.runtime.backoff import delays
from services.runtime.clock import Clock
from services.runtime.logging import get_logger
from services.scheduler.domain.campaign import by_precedence
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.handlers import Dispatcher
from services.scheduler.metrics import LAST_SUCCESS, Job
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
        clock: Clock,
    ) -> None:
        self._clock = clock
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
        for job in (Job.RELEASE, Job.RECONCILE) if reconcile else (Job.RELEASE,):
            LAST_SUCCESS.set(self._clock.now().timestamp(), job_name=job)
