"""What indicators cannot tell, and rows of the catalogue that no indicator of their own gives."""

import tomllib
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from services.contracts.model import Record


class Told(Record):
    """A sentence in French and in English about what ``id`` names."""

    id: str
    fr: str
    en: str
    source: str


class Limits(Record):
    """``limit`` by indicator; ``carried`` rows stand elsewhere; ``out_of_reach`` ones are not computed."""

    limit: tuple[Told, ...]
    carried: tuple[Told, ...]
    out_of_reach: tuple[Told, ...]


@cache
def load_limits() -> Limits:
    """Return the whole table."""
    return Limits.model_validate(tomllib.loads(files(__package__).joinpath("limits.toml").read_text(encoding="utf-8")))


def limit_of(indicator: str) -> Told:
    """Return the most precise limit of an indicator."""
    return max((row for row in load_limits().limit if fnmatchcase(indicator, row.id)), key=lambda row: len(row.id))
