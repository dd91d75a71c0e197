"""Départements and régions: codes, names, and in which zone they lie.

Source: INSEE, Code officiel géographique 2026 (Licence Ouverte 2.0), in ``national/*.json``.
"""

import json
from functools import cache
from importlib.resources import files

from services.contracts.authorities import Zone
from services.contracts.errors import BadInput
from services.contracts.model import Record
from services.contracts.text import slug


class Territory(Record):
    """A département or a région. ``region`` is that of a département, None for a région."""

    code: str
    name: str
    zone: Zone
    region: str | None = None


@cache
def departements() -> dict[str, Territory]:
    """Return the 101 départements and the 8 overseas collectivities (INSEE lists them alike), by code."""
    return _read("departements.json")


@cache
def regions() -> dict[str, Territory]:
    """Return the 18 régions and the 8 overseas collectivities, by code."""
    return _read("regions.json")


def departement_of(commune: str) -> str:
    """Return the département code that an INSEE commune code starts with (three digits overseas)."""
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def find_departement(text: str) -> str:
    """Return the code of a département given by code (`33`, `1`, `2a`) or name. Raises BadInput."""
    return _find(text, departements(), "département", "33, 2A, 971 or gironde")


def find_region(text: str) -> str:
    """Return the code of a région given by code (`75`, `1`) or name. Raises BadInput."""
    return _find(text, regions(), "région", "75, 01 or bretagne")


def _find(text: str, table: dict[str, Territory], what: str, examples: str) -> str:
    code = text.strip().upper()
    code = code.zfill(2) if code.isdigit() else code
    if code in table:
        return code
    by_name = next((territory.code for territory in table.values() if slug(territory.name) == slug(text)), None)
    if by_name is None:
        raise BadInput(f"no {what} {text!r}: give a code or a name such as {examples}")
    return by_name


def _read(name: str) -> dict[str, Territory]:
    rows = json.loads(files(__package__).joinpath("national", name).read_text(encoding="utf-8"))
    return {row["code"]: Territory.model_validate(row) for row in rows}
