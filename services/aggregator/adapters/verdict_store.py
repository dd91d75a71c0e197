"""The verdict store in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from services.aggregator.adapters.rows import (
    VERDICT_COLUMNS,
    audit_row,
    set_values,
    stored_rank,
    verdict_row,
    verdict_values,
)
from services.aggregator.domain.outcomes import AuditRow
from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.audits import AuditId
from services.contracts.errors import BadInput, DatabaseUnavailable
from services.contracts.verdicts import VerdictSet
from services.runtime.tables import AUDIT, CAMPAIGN, VERDICT, VERDICT_SET

_BATCH = 5000
_TRIES = 20
"""Each lost race means that another writer won: more than a few in a row is a broken database."""

_AUDIT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    AUDIT.c.authority,
    AUDIT.c.sequence,
    AUDIT.c.state,
    AUDIT.c.reason,
    AUDIT.c.closed_at,
    AUDIT.c.confirmation,
    VERDICT_SET.c.sequence.label("set_sequence"),
    VERDICT_SET.c.rule_set,
    VERDICT_SET.c.captured_at,
    VERDICT_SET.c.analyzed_at,
    VERDICT_SET.c.unmeasured,
    VERDICT_SET.c.manifest_key,
    VERDICT_SET.c.verdicts_key,
)


class SqlVerdictStore:
    """The verdict store on a database. Safe for several threads and several processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, verdict_set: VerdictSet) -> bool:
        """Make the set current unless one of the same or a higher rank already is."""
        for _ in range(_TRIES):
            current = self._current(verdict_set)
            if current is not None and stored_rank(current) >= verdict_set.rank:
                return False
            # The write comes first in its transaction and names the row it replaces: two writers
            # never both believe they won, under SQLite's locks as under PostgreSQL's.
            try:
                with self._engine.begin() as connection:
                    if _claim(connection, verdict_set, current):
                        _replace_verdicts(connection, verdict_set)
                        return True
            except IntegrityError:
                if current is not None:
                    raise
                # Another writer put the first set of this authority in since we looked.
        raise DatabaseUnavailable(f"{verdict_set.audit_id}: the verdict store did not let the verdicts in")

    def load_verdicts(self, campaign: str, indicator: str | None = None) -> Iterator[VerdictRow]:
        """Stream the current verdicts of a campaign by code and indicator."""
        query = select(*VERDICT_COLUMNS).where(VERDICT.c.campaign == campaign)
        query = query.order_by(VERDICT.c.code, VERDICT.c.indicator)
        if indicator is not None:
            query = query.where(VERDICT.c.indicator == indicator)
        with self._stream(query) as rows:
            for row in rows:
                yield verdict_row(row)

    def audits(self, campaign: str) -> Iterator[AuditRow]:
        """Stream every audit of a campaign by code and sequence."""
        same = and_(VERDICT_SET.c.campaign == AUDIT.c.campaign, VERDICT_SET.c.code == AUDIT.c.code)
        joined = AUDIT.outerjoin(VERDICT_SET, same)
        mine = AUDIT.c.campaign == campaign
        query = select(*_AUDIT_COLUMNS).select_from(joined).where(mine).order_by(AUDIT.c.code, AUDIT.c.sequence)
        with self._stream(query) as rows:
            for row in rows:
                yield audit_row(row)

    def planned(self, campaign: str) -> int:
        """Return how many authorities the campaign counts."""
        query = select(func.count(AUDIT.c.code.distinct())).where(AUDIT.c.campaign == campaign)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def frame(self, campaign: str) -> str:
        """Return where the authorities of a campaign came from."""
        query = select(CAMPAIGN.c.frame).where(CAMPAIGN.c.name == campaign)
        with self._engine.connect() as connection:
            frame = connection.execute(query).scalar_one_or_none()
        if frame is None:
            raise BadInput(f"{campaign!r}: no such campaign")
        return str(frame)

    def manifests(self, campaign: str) -> list[tuple[AuditId, str]]:
        """Return the capture manifest behind every current verdict set, by code."""
        table = VERDICT_SET.c
        query = select(table.code, table.sequence, table.manifest_key).where(table.campaign == campaign)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(table.code)).all()
        return [(AuditId(campaign=campaign, code=row.code, sequence=row.sequence), row.manifest_key) for row in rows]

    def verdicts_key(self, campaign: str, code: str) -> str | None:
        """Return the key of an authority's current verdicts, or None."""
        mine = and_(VERDICT_SET.c.campaign == campaign, VERDICT_SET.c.code == code)
        with self._engine.connect() as connection:
            key = connection.execute(select(VERDICT_SET.c.verdicts_key).where(mine)).scalar_one_or_none()
        return None if key is None else str(key)

    def states(self, audit: AuditId) -> dict[str, int] | None:
        """Return how many verdicts of an audit have each state; None unless its verdicts are the current ones."""
        mine = and_(VERDICT_SET.c.campaign == audit.campaign, VERDICT_SET.c.code == audit.code)
        theirs = and_(VERDICT.c.campaign == audit.campaign, VERDICT.c.code == audit.code)
        counted = (
            select(VERDICT.c.state, func.count()).where(theirs).group_by(VERDICT.c.state).order_by(VERDICT.c.state)
        )
        with self._engine.connect() as connection:
            if connection.execute(select(VERDICT_SET.c.sequence).where(mine)).scalar_one_or_none() != audit.sequence:
                return None
            return {str(state): int(number) for state, number in connection.execute(counted)}

    @contextmanager
    def _stream(self, query: Select[Any]) -> Iterator[CursorResult[Any]]:
        """Run a query that never holds all its rows in memory; whoever stops early leaves no cursor open."""
        with (
            self._engine.connect() as connection,
            connection.execution_options(yield_per=_BATCH).execute(query) as rows,
        ):
            yield rows

    def _current(self, verdict_set: VerdictSet) -> Row[tuple[object, ...]] | None:
        mine = and_(VERDICT_SET.c.campaign == verdict_set.campaign, VERDICT_SET.c.code == verdict_set.authority.code)
        with self._engine.connect() as connection:
            return connection.execute(select(VERDICT_SET).where(mine)).one_or_none()


def _claim(connection: Connection, verdict_set: VerdictSet, current: Row[tuple[object, ...]] | None) -> bool:
    """Put the set in the place of the row that was read; False when another writer was faster."""
    values = set_values(verdict_set)
    if current is None:
        connection.execute(insert(VERDICT_SET).values(values))
        return True
    table = VERDICT_SET.c
    unchanged = and_(
        table.campaign == current.campaign,
        table.code == current.code,
        table.sequence == current.sequence,
        table.captured_at == current.captured_at,
        table.rule_set == current.rule_set,
        table.analyzed_at == current.analyzed_at,
    )
    return connection.execute(update(VERDICT_SET).where(unchanged).values(values)).rowcount == 1


def _replace_verdicts(connection: Connection, verdict_set: VerdictSet) -> None:
    mine = and_(VERDICT.c.campaign == verdict_set.campaign, VERDICT.c.code == verdict_set.authority.code)
    connection.execute(delete(VERDICT).where(mine))
    if verdict_set.verdicts:
        connection.execute(insert(VERDICT), verdict_values(verdict_set))
