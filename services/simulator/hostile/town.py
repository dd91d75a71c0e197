"""The pages of the invented town hall that every hostile site pretends to be."""

import html
import json
from functools import cache
from importlib.resources import files

from services.simulator.hostile.targets import load_targets

_HEAD_MARK = "<!-- head -->"
PATHS = ("/mentions-legales", "/contact")
"""The pages that the home page links to, and that every case serves unless its attack is there."""


@cache
def read_page(name: str) -> str:
    """Return one page file, with the forbidden targets in the place of ``__TARGETS__``."""
    text = files(__package__).joinpath("pages", f"{name}.html").read_text(encoding="utf-8")
    return text.replace("__TARGETS__", json.dumps(load_targets().origins)).replace(
        "__REBINDING__", f"{load_targets().rebinding.suffix}:{load_targets().rebinding.port}"
    )


@cache
def home_page(name: str) -> str:
    """Return the home page of a case: a whole document, or the town's with an attack in its head or at its end."""
    attack = read_page(name)
    if attack.lstrip().lower().startswith(("<!doctype", "<html", "<title")):
        return attack
    return with_attack(attack)


def with_attack(attack: str) -> str:
    """Return the town's home page with markup added: in the head when it is marked so, else at the end."""
    town = read_page("town")
    if attack.startswith(_HEAD_MARK):
        return town.replace("</head>", f"{attack}</head>")
    return town.replace("</body>", f"{attack}</body>")


def other_page(path: str) -> str | None:
    """Return the page of the town at a path other than the home page's, None where there is none."""
    clean = path.split("?", 1)[0].rstrip("/")
    return read_page(clean.lstrip("/")) if clean in PATHS else None


def not_found(path: str) -> str:
    """Return the page for an unknown path."""
    return f"<!doctype html><title>Page introuvable</title><p>Rien à l'adresse {html.escape(path[:200])}.</p>"
