"""The canaries' rhythm: a round at every interval, its end in the metrics and in the log."""

import threading
from collections.abc import Callable

from services.cli.canary_metrics import AUDITS, INTERVAL, LAST_GOOD, LATE, ROUND_SECONDS, ROUNDS, WRONG
from services.cli.canary_round import RoundEnd
from services.cli.canary_verdicts import Difference
from services.contracts.verdicts import Evidence
from services.runtime.clock import Clock
from services.runtime.logging import get_logger
from services.runtime.message_metrics import Result

_log = get_logger(__name__)
_EVIDENCE_SHOWN = 3


class CanaryLoop:
    """Begins a round at once, and the next one an interval after the last began, until told to stop.

    Nothing is kept between rounds: one that was cut short is followed by a new one.
    """

    def __init__(
        self,
        go_round: Callable[[threading.Event], RoundEnd | None],
        evidence: Callable[[Difference], tuple[Evidence, ...]],
        *,
        interval: float,
        clock: Clock,
    ) -> None:
        self._go_round = go_round
        self._evidence = evidence
        self._interval = interval
        self._clock = clock
        self._stop = threading.Event()
        INTERVAL.set(interval)

    def run(self) -> None:
        """Work until ``stop``."""
        while not self._stop.is_set():
            began = self._clock.now()
            end = self._go_round(self._stop)
            if end is not None:
                self._report(end)
            self.pause(self._interval - (self._clock.now() - began).total_seconds())

    def pause(self, seconds: float) -> bool:
        """Wait for some seconds, and say whether the loop was told to stop."""
        return self._stop.wait(max(0.0, seconds))

    def stop(self) -> None:
        """End soon, whatever the round has come to; may be called from any thread."""
        self._stop.set()

    def _report(self, end: RoundEnd) -> None:
        AUDITS.set(end.audits)
        LATE.set(len(end.late))
        WRONG.set(len(end.wrong))
        ROUND_SECONDS.set(end.seconds)
        ROUNDS.add(result=Result.OK if end.good else Result.FAILED)
        if end.good:
            LAST_GOOD.set(self._clock.now().timestamp())
        for difference in end.wrong:
            _log.error(
                "a canary's verdict is wrong",
                request=end.request_id,
                audit=str(difference.audit),
                indicator=difference.indicator,
                expected=str(difference.expected),
                found=str(difference.found) if difference.found else "nothing was recorded",
                evidence=[_shown(one) for one in self._evidence(difference)[:_EVIDENCE_SHOWN]],
            )
        if end.late:
            _log.error("canaries are late", request=end.request_id, codes=end.late)
        _log.info(
            "a round of the canaries ended",
            request=end.request_id,
            audits=end.audits,
            late=len(end.late),
            wrong=len(end.wrong),
            seconds=round(end.seconds, 1),
        )


def _shown(evidence: Evidence) -> dict[str, object]:
    return evidence.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
