"""Names of the régions and départements of the study."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def regions() -> Mapping[str, str]:
    """Return the names of the 18 régions by INSEE code, in the order they are published."""
    return _table("regions")


@cache
def departements() -> Mapping[str, str]:
    """Return the names of the 101 départements by INSEE code, in the order they are published."""
    return _table("departements")


@cache
def _read() -> dict[str, dict[str, str]]:
    path = files("services.aggregator").joinpath("data", "territories.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _table(name: str) -> Mapping[str, str]:
    return MappingProxyType(_read()[name])
