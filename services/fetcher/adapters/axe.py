"""Runs axe-core in a page, from our own JavaScript world: the page can neither change it nor see it."""

import json
import tomllib
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from services.contracts.accessibility import AxeRecord
from services.fetcher.adapters.isolated_world import IsolatedWorld, PageUnreadable

MOST_ELEMENTS = 15_000
"""Elements beyond which axe takes longer than a page may."""
_MOST_TARGETS = 3
_SECONDS = 5.0


async def run_axe(world: IsolatedWorld) -> AxeRecord | None:
    """Return what the rules found in the main frame; None where the page did not let them end in five seconds."""
    try:
        return AxeRecord.model_validate(await world.run(_expression(), seconds=_SECONDS))
    except (PageUnreadable, ValidationError):
        return None


@cache
def _expression() -> str:
    here = files(__package__)
    rules = tomllib.loads(here.joinpath("axe_rules.toml").read_text(encoding="utf-8"))["rules"]
    engine = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    call = here.joinpath("axe.js").read_text(encoding="utf-8").rstrip()
    # No timer runs in a page whose scripts were stopped; axe only uses them to take turns.
    turns = "(step) => void Promise.resolve().then(step)"
    return f"(function (setTimeout) {{{engine}\n}})({turns});\n{call}({json.dumps(rules)}, {_MOST_TARGETS})"
