"""Requests for re-audits: what is kept of them, and into which campaign an authority's re-audit goes."""

from collections.abc import Iterable
from datetime import datetime

from services.contracts.audits import AuditId, AuditState
from services.contracts.messages import Priority
from services.contracts.model import Record
from services.contracts.requests import Rejection


class Request(Record):
    """An accepted request. ``digest`` is the SHA-256 of the message that it came as."""

    id: str
    digest: str
    received_at: datetime
    reason: str = ""
    requested_by: str = ""


class Refusal(Record):
    """A request that was refused, and how its message begins."""

    id: str
    digest: str
    received_at: datetime
    rejection: Rejection
    detail: str
    size: int
    excerpt: str


class Target(Record):
    """An authority of a request, and how it was asked for: by its code or a URL."""

    text: str
    code: str


class Followed(Record):
    """An audit that a request follows, and where it stands. ``asked_at`` is when it was first asked for, by anyone."""

    target: str
    audit: AuditId
    name: str
    state: AuditState
    asked_at: datetime
    reason: str | None = None
    released_at: datetime | None = None
    closed_at: datetime | None = None


class Standing(Record):
    """An authority's latest audit in a campaign that is not closed."""

    campaign: str
    created_at: datetime
    state: AuditState
    priority: int


def was_under_way(followed: Followed, asked_at: datetime) -> bool:
    """Whether an audit was wanted or in hand already when it was asked for at a moment."""
    return followed.asked_at < asked_at or (followed.released_at is not None and followed.released_at < asked_at)


def campaign_for(standings: Iterable[Standing]) -> str | None:
    """Return the campaign that takes a re-audit: where one is wanted or running, else the newest.

    None when no campaign does. One that excluded the authority does not: it would join its statistics.
    """
    known = [standing for standing in standings if standing.state is not AuditState.EXCLUDED]
    return max(known, key=lambda standing: (_is_on_its_way(standing), standing.created_at)).campaign if known else None


def _is_on_its_way(standing: Standing) -> bool:
    if standing.state is AuditState.PLANNED:
        return standing.priority >= Priority.ON_DEMAND
    return standing.state is AuditState.RELEASED
