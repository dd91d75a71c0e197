"""What can be read of the requests for re-audits, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, and_, func, select

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.requests import Rejection
from services.runtime.database import utc
from services.runtime.tables import AUDIT, REQUEST, REQUEST_AUDIT, REQUEST_REFUSED
from services.scheduler.adapters.ledger_rows import first_asked
from services.scheduler.domain.requests import Followed, Refusal, Request


class SqlRequestViews:
    """Reads the requests. Nothing here changes a row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accepted(self, request_id: str) -> tuple[Request, tuple[Followed, ...]] | None:
        """Return an accepted request with where its audits stand, in the order asked; None when there is none."""
        same = and_(
            AUDIT.c.campaign == REQUEST_AUDIT.c.campaign,
            AUDIT.c.code == REQUEST_AUDIT.c.code,
            AUDIT.c.sequence == REQUEST_AUDIT.c.sequence,
        )
        audits = (
            select(REQUEST_AUDIT.c.target, AUDIT, first_asked().label("asked_at"))
            .join(AUDIT, same)
            .where(REQUEST_AUDIT.c.request == request_id)
            .order_by(REQUEST_AUDIT.c.position)
        )
        with self._engine.connect() as connection:
            row = connection.execute(select(REQUEST).where(REQUEST.c.id == request_id)).one_or_none()
            return (_request(row), tuple(map(_followed, connection.execute(audits)))) if row else None

    def refused(self, request_id: str) -> Refusal | None:
        """Return the latest request that was refused under an id; None when there is none."""
        query = select(REQUEST_REFUSED).where(REQUEST_REFUSED.c.id == request_id)
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(REQUEST_REFUSED.c.received_at.desc()).limit(1)).one_or_none()
        return _refusal(row) if row else None

    def latest_accepted(self, limit: int) -> Sequence[tuple[Request, tuple[Followed, ...]]]:
        """Return the latest requests, newest first, each with where its audits stand."""
        newest = select(REQUEST.c.id).order_by(REQUEST.c.received_at.desc(), REQUEST.c.id).limit(limit)
        with self._engine.connect() as connection:
            ids = connection.scalars(newest).all()
        return [found for found in map(self.accepted, ids) if found is not None]

    def latest_refused(self, limit: int) -> Sequence[Refusal]:
        """Return the latest refused requests, newest first."""
        query = select(REQUEST_REFUSED).order_by(REQUEST_REFUSED.c.received_at.desc(), REQUEST_REFUSED.c.id)
        with self._engine.connect() as connection:
            return [_refusal(row) for row in connection.execute(query.limit(limit))]

    def counts(self) -> tuple[int, dict[Rejection, int]]:
        """Return how many requests were accepted, and how many refused for each reason."""
        reason = REQUEST_REFUSED.c.rejection
        with self._engine.connect() as connection:
            accepted = connection.execute(select(func.count()).select_from(REQUEST)).scalar_one()
            refused = connection.execute(select(reason, func.count()).group_by(reason).order_by(reason)).all()
        return accepted, {Rejection(name): number for name, number in refused}


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        digest=row.digest,
        received_at=utc(row.received_at),
        reason=row.reason,
        requested_by=row.requested_by,
    )


def _followed(row: Row[Any]) -> Followed:
    return Followed(
        target=row.target,
        audit=AuditId(campaign=row.campaign, code=row.code, sequence=row.sequence),
        name=Authority.model_validate_json(row.authority).name,
        state=AuditState(row.state),
        reason=row.reason,
        asked_at=utc(row.asked_at),
        released_at=utc(row.released_at),
        closed_at=utc(row.closed_at),
    )


def _refusal(row: Row[Any]) -> Refusal:
    return Refusal(
        id=row.id,
        digest=row.digest,
        received_at=utc(row.received_at),
        rejection=Rejection(row.rejection),
        detail=row.detail,
        size=row.size,
        excerpt=row.excerpt,
    )
