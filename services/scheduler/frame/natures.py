"""The natures of an EPCI à fiscalité propre."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.text import normalise


@cache
def _natures() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = tomllib.loads(files(__package__).joinpath("natures.toml").read_text(encoding="utf-8"))
    return tuple((row["code"], re.compile("|".join(f"(?:{p})" for p in row["patterns"]))) for row in table["nature"])


def nature_codes() -> tuple[str, ...]:
    """Return the codes of the natures: MET69, CC, CA, CU, METRO."""
    return tuple(code for code, _ in _natures())


def nature_of(text: str) -> str | None:
    """Return the nature that a code, a legal form or the name of an EPCI states, None when it states none."""
    if text.strip().upper() in nature_codes():
        return text.strip().upper()
    name = normalise(text)
    return next((code for code, pattern in _natures() if pattern.match(name)), None)
