"""Dates in normalised French text and in the attributes of mark-up. Pure; what is no date is passed over."""

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "aout": 8,
    "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
    "janv": 1, "fevr": 2, "fev": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?<!\d)(?:(?P<day>\d{{1,2}})(?:er)? (?P<name>{_NAMES})\.? (?P<year>\d{{4}})"
    r"|(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"
    r"|(?P<iy>\d{4})-(?P<im>\d{1,2})-(?P<id>\d{1,2}))(?!\d)"
)
_MONTH = re.compile(rf"(?<![a-z])(?P<name>{_NAMES})[ _-](?P<year>\d{{4}})(?!\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_BEFORE_YEAR, _AFTER_YEAR = 18, 8
"""Characters that a date has around its year: most texts are passed over by their years."""
_OLDEST = 1995
"""Before it no town had a site."""


def dates_in(text: str) -> Iterator[tuple[date, int, int]]:
    """Yield the dates of a normalised text, each with where it begins and ends."""
    done = 0
    for year in _YEAR.finditer(text):
        begin, end = max(done, year.start() - _BEFORE_YEAR), year.end() + _AFTER_YEAR
        for match in _DATE.finditer(text, begin, min(end, len(text))):
            done = match.end()
            found = _date(match)
            if found is not None:
                yield found, match.start(), match.end()


def months_in(text: str) -> Iterator[date]:
    """Yield the first days of the months that a normalised text names with their year, « mars 2026 »."""
    for match in _MONTH.finditer(text):
        found = _valid(int(match["year"]), _MONTHS[match["name"]], 1)
        if found is not None:
            yield found


def only_date(text: str) -> date | None:
    """Return the date that a normalised line consists of, « le » and a weekday aside; None where it says more."""
    match = _DATE.fullmatch(_BEFORE.sub("", text).strip(" .,:-|"))
    return _date(match) if match else None


def machine_date(text: str) -> date | None:
    """Return the day of an ISO 8601 date or time, such as attributes hold; None for anything else."""
    match = _ISO.match(text.strip())
    return _valid(int(match[1]), int(match[2]), int(match[3])) if match else None


_BEFORE = re.compile(r"^(?:le )?(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche)?,? ?(?:le )?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")


def _date(match: re.Match[str]) -> date | None:
    if match["name"]:
        return _valid(int(match["year"]), _MONTHS[match["name"]], int(match["day"]))
    if match["y"]:
        return _valid(int(match["y"]), int(match["m"]), int(match["d"]))
    return _valid(int(match["iy"]), int(match["im"]), int(match["id"]))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= _OLDEST else None
    except ValueError:
        return None
