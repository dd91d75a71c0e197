"""How fast a campaign goes, and when it will be done."""

from datetime import datetime, timedelta

from services.contracts.model import Record

RECENT = timedelta(minutes=10)
"""How far back the rate looks."""


class Activity(Record):
    """What the ledger knows of the last minutes.

    ``began`` is the first release of all, None before it. ``closed`` counts the audits that ended within RECENT.
    ``last_due`` is the latest moment before which an audit that waits may not be released.
    """

    began: datetime | None = None
    closed: int = 0
    last_due: datetime | None = None


class Pace(Record):
    """Audits a minute over the last minutes, and the seconds to the end; None when nothing has ended lately."""

    per_minute: float
    seconds_left: float | None


def pace(activity: Activity, left: int, now: datetime) -> Pace:
    """Return the pace of a campaign with so many audits left."""
    span = min(RECENT, now - activity.began) if activity.began else RECENT
    minutes = max(span, timedelta(seconds=1)) / timedelta(minutes=1)
    rate = activity.closed / minutes
    if left == 0:
        return Pace(per_minute=rate, seconds_left=0.0)
    if rate == 0:
        return Pace(per_minute=0.0, seconds_left=None)
    wait = (activity.last_due - now).total_seconds() if activity.last_due else 0.0
    return Pace(per_minute=rate, seconds_left=max(60 * left / rate, wait))
