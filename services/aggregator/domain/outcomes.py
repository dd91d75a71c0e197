"""What became of each authority of a campaign, and the conservation equation over all of them.

The ledger may hold several audits of one authority (re-audits). The outcome is that of its latest
finished audit: a re-audit in flight leaves the earlier result standing until it ends. But the failure of a site
that worked before does not count until the audits that confirm it have ended.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from services.contracts.audits import AuditState
from services.contracts.authorities import Authority
from services.contracts.model import Record
from services.contracts.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictSetRow:
    """The current verdict set of an authority as the database keeps it."""

    sequence: int
    rule_set: str
    captured_at: datetime
    analyzed_at: datetime
    unmeasured: str | None
    manifest_key: str
    verdicts_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row of the ledger with the current verdict set of its authority, if any.

    ``confirmation`` numbers the audits that confirm a failure, None for all others.
    """

    authority: Authority
    sequence: int
    state: AuditState
    reason: str | None
    closed_at: datetime | None
    verdict_set: VerdictSetRow | None
    confirmation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one authority. ``verdict_set`` is None unless its verdicts are those that count."""

    authority: Authority
    state: AuditState
    reason: str | None
    verdict_set: VerdictSetRow | None


class Conservation(Record):
    """The conservation equation of a campaign, in authorities; reasons in alphabetical order."""

    planned: int
    measured: int
    unmeasured: dict[str, int] = Field(default_factory=dict)
    excluded: dict[str, int] = Field(default_factory=dict)
    waiting: int = 0
    in_flight: int = 0

    @property
    def residue(self) -> int:
        """Return planned minus every place an authority can be: 0 unless something was lost."""
        closed = self.measured + sum(self.unmeasured.values()) + sum(self.excluded.values())
        return self.planned - closed - self.waiting - self.in_flight


def outcomes(rows: Iterable[AuditRow]) -> dict[str, Outcome]:
    """Return the outcome of each authority by code, in the order of the codes."""
    by_code: dict[str, list[AuditRow]] = {}
    for row in rows:
        by_code.setdefault(row.authority.code, []).append(row)
    return {code: _outcome(sorted(by_code[code], key=lambda row: row.sequence)) for code in sorted(by_code)}


def conservation(planned: int, results: Mapping[str, Outcome]) -> Conservation:
    """Return the equation. ``planned`` is counted apart, so that a lost authority leaves a residue."""
    states = Counter(outcome.state for outcome in results.values())
    return Conservation(
        planned=planned,
        measured=states[AuditState.MEASURED],
        unmeasured=_by_reason(results, AuditState.UNMEASURED),
        excluded=_by_reason(results, AuditState.EXCLUDED),
        waiting=states[AuditState.PLANNED],
        in_flight=states[AuditState.RELEASED],
    )


def _outcome(audits: list[AuditRow]) -> Outcome:
    latest, verdict_set = audits[-1], audits[-1].verdict_set
    closed = next((row for row in reversed(audits) if row.state.closed), None)
    if latest.state is AuditState.EXCLUDED:
        return Outcome(authority=latest.authority, state=latest.state, reason=latest.reason, verdict_set=None)
    if latest.confirmation is not None and not latest.state.closed:
        pending = Reason.PENDING_CONFIRMATION.value
        return Outcome(authority=latest.authority, state=AuditState.UNMEASURED, reason=pending, verdict_set=None)
    # Verdicts recorded after their audit was given up are still the newest thing known of the site.
    if verdict_set and (closed is None or verdict_set.sequence >= closed.sequence):
        state = AuditState.UNMEASURED if verdict_set.unmeasured else AuditState.MEASURED
        return Outcome(authority=latest.authority, state=state, reason=verdict_set.unmeasured, verdict_set=verdict_set)
    if closed is None:
        return Outcome(authority=latest.authority, state=latest.state, reason=None, verdict_set=None)
    # An audit without verdicts was given up (stuck, poison) or lost them: neither is a measure.
    reason = closed.reason or Reason.INTERNAL.value
    return Outcome(authority=latest.authority, state=AuditState.UNMEASURED, reason=reason, verdict_set=None)


def _by_reason(results: Mapping[str, Outcome], state: AuditState) -> dict[str, int]:
    counts = Counter(o.reason or Reason.INTERNAL.value for o in results.values() if o.state is state)
    return dict(sorted(counts.items()))
