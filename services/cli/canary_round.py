"""One round of the canaries: ask for all of them as an operator does, wait, and compare with what is true."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.cli.canary_verdicts import CanaryVerdicts, Difference, Verdicts, differences
from services.contracts.audits import CANARY, AuditId
from services.contracts.authorities import Authority
from services.contracts.errors import AuditError
from services.contracts.requests import SCHEMA
from services.runtime.clock import Clock
from services.runtime.logging import get_logger
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.campaign import Campaign, plan
from services.simulator.truth import SiteTruth

_log = get_logger(__name__)
_MAX_PAGES = 5
"""Enough for every verdict whose truth is known of the canaries."""

_PRIORITY = -100
"""What anybody else asks for is released first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEnd:
    """How a round ended. ``late`` are the codes of the audits that had not ended when its time was over."""

    request_id: str
    audits: int
    late: tuple[str, ...]
    wrong: tuple[Difference, ...]
    seconds: float

    @property
    def good(self) -> bool:
        """Whether every verdict was there in time and right."""
        return not self.late and not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRound:
    """What a round needs: the sites, what is true of each by code, and the product as an operator has it.

    ``publish`` sends the body of a request under its id, and may be asked to send the same again.
    """

    authorities: Sequence[Authority]
    truths: Mapping[str, SiteTruth]
    ledger: SqlLedger
    requests: SqlRequests
    verdicts: CanaryVerdicts
    publish: Callable[[bytes, str], None]
    clock: Clock
    budget: float
    poll: float = 2.0

    def __call__(self, stop: threading.Event) -> RoundEnd | None:
        """Go once through all canaries; None when ``stop`` was set before the end.

        What does not work, a server that is away for instance, is tried again until the round's time is over:
        then everything that had not ended is late.
        """
        request_id, began = uuid.uuid4().hex, self.clock.now()
        recorded: dict[AuditId, Verdicts] = {}
        asked, refused, trouble = False, False, ""
        while len(recorded) < len(self.authorities) and not refused and self._seconds_since(began) < self.budget:
            try:
                if not asked:
                    self._plan()
                    self.publish(self._body(), request_id)
                    asked = True
                recorded, refused = self._ended(request_id), self._is_refused(request_id)
            except AuditError as error:
                if str(error) != trouble:
                    trouble = str(error)
                    _log.warning("a round of the canaries does not get on", request=request_id, error=trouble)
            if len(recorded) < len(self.authorities) and stop.wait(self.poll):
                return None
        ended = {audit.code for audit in recorded}
        return RoundEnd(
            request_id=request_id,
            audits=len(self.authorities),
            late=tuple(sorted({authority.code for authority in self.authorities} - ended)),
            wrong=differences(self.truths, recorded),
            seconds=self._seconds_since(began),
        )

    def _plan(self) -> None:
        """Plan the campaign of the canaries where there is none yet, and audits of those that it knows otherwise."""
        now = self.clock.now()
        if self.ledger.campaign(CANARY) is None:
            parameters = json.dumps({"synthetic": len(self.authorities), "max_pages": _MAX_PAGES})
            campaign = Campaign(
                name=CANARY, created_at=now, frame="canaries", seed=0, parameters=parameters, priority=_PRIORITY
            )
            self.ledger.create(campaign, plan(campaign, self.authorities))
            return
        changed = [one for one in self.authorities if self.ledger.authority(CANARY, one.code) != one]
        if changed:
            self.ledger.request(CANARY, changed, now)

    def _body(self) -> bytes:
        codes = [authority.code for authority in self.authorities]
        message = {"schema": SCHEMA, "authority": codes, "reason": "canaries", "requested_by": "commune-audit canary"}
        return json.dumps(message).encode()

    def _ended(self, request_id: str) -> dict[AuditId, Verdicts]:
        accepted = self.requests.accepted(request_id)
        return self.verdicts.recorded([one.audit for one in accepted[1] if one.state.closed]) if accepted else {}

    def _is_refused(self, request_id: str) -> bool:
        refusal = self.requests.refused(request_id)
        if refusal is not None:
            _log.error("the canaries' request was refused", request=request_id, detail=refusal.detail)
        return refusal is not None

    def _seconds_since(self, began: datetime) -> float:
        return (self.clock.now() - began).total_seconds()
