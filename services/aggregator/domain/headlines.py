"""The headline figures of the 2018 study beside the same measure today."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.aggregator.domain.estimators import Estimate
from services.aggregator.domain.statistics import Statistic
from services.contracts.model import Record
from services.contracts.verdicts import State


class Tile(Record):
    """One published figure of 2018.

    ``figure`` is in percent; ``relation`` is ``=``, ``>`` or ``~``: the last means that only words were
    published, given in ``words``. ``terminal`` is the English wording of the command line.
    """

    id: str
    family: int
    title: str
    population: str
    figure: float
    relation: str
    wording: str
    words: str | None = None
    indicator: str
    scope: str
    states: tuple[State, ...]
    comparability: str
    terminal: str


class Baseline(Record):
    """The 2018 study's figures and their source."""

    source: str
    tile: tuple[Tile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A tile with today's measure; both None when this campaign does not measure it at all."""

    tile: Tile
    estimate: Estimate | None
    statistic: Statistic | None


@cache
def baseline() -> Baseline:
    """Return the figures of the 2018 study."""
    path = files("services.aggregator").joinpath("data", "baseline2018.toml")
    return Baseline.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def headlines(statistics: Iterable[Statistic]) -> tuple[Headline, ...]:
    """Return every tile of 2018 with its measure, in the order of the study."""
    found = {(s.indicator.id, s.scope.id): s for s in statistics}
    return tuple(_headline(tile, found.get((tile.indicator, tile.scope))) for tile in baseline().tile)


def _headline(tile: Tile, statistic: Statistic | None) -> Headline:
    estimate = statistic.share(tile.states) if statistic else None
    return Headline(tile=tile, estimate=estimate, statistic=statistic)
