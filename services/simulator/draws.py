"""Random draws that depend on nothing but (seed, authority, feature), and the table of chances they follow.

Because a draw knows no other authority, adding one to a country changes no other site.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

from services.contracts.authorities import Authority, Kind
from services.contracts.strata import stratum_of

T = TypeVar("T")
Weights = Mapping[str, float]


def unit(seed: int, code: str, feature: str) -> float:
    """Return a number in [0, 1), the same for the same three arguments."""
    digest = hashlib.sha256(f"{seed}|{code}|{feature}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def pick(options: Sequence[T], seed: int, code: str, feature: str) -> T:
    """Return one of the options, each as likely as the others."""
    return options[int(unit(seed, code, feature) * len(options))]


def weighted(weights: Weights, position: float) -> str:
    """Return the value in whose share of the weights a position in [0, 1) falls."""
    total = sum(weights.values())
    reached = 0.0
    for value, weight in weights.items():
        reached += weight / total
        if position < reached:
            return value
    return next(value for value in reversed(list(weights)) if weights[value] > 0)


@dataclass(frozen=True, slots=True)
class Chances:
    """The chances of every feature for every group of authorities (``small``, ``medium``, ``large``, ``epci``)."""

    groups: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Weights]]

    def group_of(self, authority: Authority) -> str:
        """Return the group of an authority. A commune of unknown population is small."""
        if authority.kind is Kind.EPCI:
            return "epci"
        stratum = stratum_of(authority.population)
        return self.groups[stratum.id] if stratum else "small"

    def weights(self, feature: str, group: str) -> Weights:
        """Return the weights of a feature's values in a group."""
        table = self.tables[feature]
        return table.get(group) or table["all"]

    def draw(self, feature: str, authority: Authority, seed: int) -> str:
        """Return the value of a feature for an authority."""
        return weighted(self.weights(feature, self.group_of(authority)), unit(seed, authority.code, feature))


@cache
def load_chances() -> Chances:
    """Return the chances that ship with the package (``features.toml``)."""
    table = tomllib.loads(files(__package__).joinpath("features.toml").read_text(encoding="utf-8"))
    columns = ("all", *dict.fromkeys(table["groups"].values()), "epci")
    return Chances(
        groups=table["groups"],
        tables={row["id"]: {column: row[column] for column in columns if column in row} for row in table["feature"]},
    )
