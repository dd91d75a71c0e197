"""The nine DGCL population strata of communes."""

import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.model import Record


class Stratum(Record):
    """A class of communes by municipal population: ``lower`` included, ``upper`` excluded."""

    id: str
    label: str
    lower: int
    upper: int | None = None


@cache
def strata() -> tuple[Stratum, ...]:
    """Return the strata from the smallest communes to the largest."""
    table = tomllib.loads(files(__package__).joinpath("strata.toml").read_text(encoding="utf-8"))
    return tuple(
        Stratum(id=row["id"], label=row["label"], lower=row["from"], upper=row.get("to")) for row in table["stratum"]
    )


def stratum_of(population: int | None) -> Stratum | None:
    """Return the stratum of a commune, or None when its population is unknown."""
    if population is None:
        return None
    return next(s for s in strata() if s.upper is None or population < s.upper)
