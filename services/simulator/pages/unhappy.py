"""The pages of addresses at which no site of the authority stands: parked, default, hijacked, challenges, errors."""

import tomllib
from functools import cache
from html import escape
from importlib.resources import files

from services.contracts.model import Record


class UnhappyPage(Record):
    """A page with ``{name}`` and ``{host}`` to be filled in, and what it imitates."""

    source: str
    title: str
    body: str


@cache
def unhappy_pages() -> dict[str, UnhappyPage]:
    """Return the pages by their names in ``unhappy.toml``."""
    table = tomllib.loads(files(__package__).joinpath("unhappy.toml").read_text(encoding="utf-8"))
    return {key: UnhappyPage.model_validate(row) for key, row in table.items()}


def unhappy_html(key: str, *, host: str, name: str) -> str:
    """Return a page for a host and a place."""
    page = unhappy_pages()[key]
    given = {"host": escape(host), "name": escape(name)}
    return (
        '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8">'
        f"<title>{page.title.format(**given)}</title></head><body>{page.body.format(**given)}</body></html>"
    )
