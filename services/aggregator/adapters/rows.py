"""Rows of the database to and from the aggregator's records."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from services.aggregator.domain.outcomes import AuditRow, VerdictSetRow
from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.artefacts import verdicts_key
from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.verdicts import State, VerdictSet, release_of
from services.runtime.database import utc
from services.runtime.tables import VERDICT

Rank = tuple[int, datetime, int, datetime]

VERDICT_COLUMNS = (
    VERDICT.c.code,
    VERDICT.c.indicator,
    VERDICT.c.state,
    VERDICT.c.value_number,
    VERDICT.c.value_text,
    VERDICT.c.confidence,
    VERDICT.c.reasons,
    VERDICT.c.rule,
)
_STATES = {state.value: state for state in State}


def stored_rank(row: Row[tuple[object, ...]]) -> Rank:
    """Return the order of precedence of a stored verdict set, comparable with ``VerdictSet.rank``."""
    return (row.sequence, _time(row.captured_at), release_of(row.rule_set), _time(row.analyzed_at))


def set_values(verdict_set: VerdictSet) -> dict[str, object]:
    """Return the row of a verdict set. Times are stored in UTC: SQLite forgets the offset."""
    return {
        "campaign": verdict_set.campaign,
        "code": verdict_set.authority.code,
        "sequence": verdict_set.sequence,
        "rule_set": verdict_set.rule_set,
        "captured_at": verdict_set.captured_at.astimezone(UTC),
        "analyzed_at": verdict_set.analyzed_at.astimezone(UTC),
        "unmeasured": verdict_set.unmeasured.value if verdict_set.unmeasured else None,
        "manifest_key": verdict_set.manifest_key,
        "verdicts_key": _verdicts_key(verdict_set),
    }


def verdict_values(verdict_set: VerdictSet) -> list[dict[str, object]]:
    """Return the rows of a set's verdicts."""
    return [
        {
            "campaign": verdict_set.campaign,
            "code": verdict_set.authority.code,
            "indicator": verdict.indicator,
            "state": verdict.state.value,
            "value_number": None if isinstance(verdict.value, str) else verdict.value,
            "value_text": _storable(verdict.value) if isinstance(verdict.value, str) else None,
            "confidence": verdict.confidence,
            "reasons": " ".join(verdict.reasons),
            "rule": verdict.rule,
        }
        for verdict in verdict_set.verdicts
    ]


def verdict_row(row: Sequence[Any]) -> VerdictRow:
    """Read a verdict given as the columns VERDICT_COLUMNS. By position: a national audit has a million."""
    code, indicator, state, number, text, confidence, reasons, rule = row
    return VerdictRow(
        code, indicator, _STATES[state], number, text, confidence, tuple(reasons.split()) if reasons else (), rule
    )


def audit_row(row: Row[tuple[object, ...]]) -> AuditRow:
    """Read an audit with the current verdict set of its authority."""
    return AuditRow(
        authority=Authority.model_validate_json(row.authority),
        sequence=row.sequence,
        state=AuditState(row.state),
        reason=row.reason,
        closed_at=utc(row.closed_at),
        verdict_set=None if row.set_sequence is None else _verdict_set(row),
        confirmation=row.confirmation,
    )


def _verdict_set(row: Row[tuple[object, ...]]) -> VerdictSetRow:
    return VerdictSetRow(
        sequence=row.set_sequence,
        rule_set=row.rule_set,
        captured_at=_time(row.captured_at),
        analyzed_at=_time(row.analyzed_at),
        unmeasured=row.unmeasured,
        manifest_key=row.manifest_key,
        verdicts_key=row.verdicts_key,
    )


def _verdicts_key(verdict_set: VerdictSet) -> str:
    audit = AuditId(campaign=verdict_set.campaign, code=verdict_set.authority.code, sequence=verdict_set.sequence)
    return verdicts_key(audit, verdict_set.rule_set)


def _storable(text: str) -> str:
    """Return a text that every database takes: PostgreSQL refuses NUL, which captured pages may hold."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _time(value: datetime) -> datetime:
    time = utc(value)
    if time is None:
        raise TypeError("a verdict set without its times")
    return time
