"""When a campaign is planned again: a cron expression in French time, and what the new campaign is called."""

import itertools
import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from services.contracts.errors import BadInput
from services.contracts.model import Record

ZONE = ZoneInfo("Europe/Paris")
MAX_NAME = 49
"""A repeated campaign's name leaves room for the date and the time of its repetitions."""
_FIELDS = 5
_MAX_EXPRESSION = 100
_SECOND = timedelta(seconds=1)


class National(Record):
    """A campaign over the shipped national frame: its selection can be made again from the frame of that day."""

    departement: str | None = None
    sample: int | None = None
    sizes: dict[str, int] | None = None


def check_cron(expression: str, at: datetime) -> str:
    """Return a cron expression with single spaces. Raises BadInput when it is none, or never comes."""
    words = expression.split()
    written = " ".join(words)
    help_ = "five fields: minute hour day month weekday, for instance '0 3 1 */3 *'"
    if len(words) != _FIELDS or len(written) > _MAX_EXPRESSION:
        raise BadInput(f"--cron {expression[:100]!r}: a cron expression has {help_}")
    try:
        next(_times(written, at))
    except CronSimError as error:
        raise BadInput(f"--cron {expression[:100]!r}: {error}; a cron expression has {help_}") from None
    except StopIteration:
        raise BadInput(f"--cron {expression[:100]!r}: no such time ever comes") from None
    return written


def next_times(cron: str, after: datetime, count: int) -> list[datetime]:
    """Return the next times, in UTC, strictly after a moment. At a change of clocks no time is doubled or lost."""
    return [moment.astimezone(UTC) for moment in itertools.islice(_times(cron, after), count)]


def last_time(cron: str, now: datetime) -> datetime:
    """Return the latest time that is not after ``now``, in UTC: of several that were missed, the one to catch up."""
    moment: datetime = next(CronSim(cron, (now + _SECOND).astimezone(ZONE), reverse=True))
    return moment.astimezone(UTC)


def repeated_name(name: str, due: datetime, taken: Collection[str]) -> str | None:
    """Return the name of the campaign that repeats another: with the date, or the date and time when that is taken.

    None when both are: that time was planned already.
    """
    local = due.astimezone(ZONE)
    candidates = (f"{name}-{local:%Y%m%d}", f"{name}-{local:%Y%m%d-%H%M}")
    return next((candidate for candidate in candidates if candidate not in taken), None)


def national_selection(parameters: str) -> National | None:
    """Return how a campaign chose from the national frame; None for one over targets or another frame."""
    options = json.loads(parameters)
    if "departement" not in options or options.get("targets") is not None or options.get("synthetic") is not None:
        return None
    return National(
        departement=options["departement"], sample=options.get("sample"), sizes=options.get("sample_per_stratum")
    )


def _times(cron: str, after: datetime) -> Iterator[datetime]:
    return CronSim(cron, after.astimezone(ZONE))
