"""The stock of French content, loaded once."""

import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.model import Record


class NewsItem(Record):
    """One piece of news, undated."""

    title: str
    text: str


class HostingCompany(Record):
    """A company that hosts sites, with what the law wants said of it."""

    name: str
    address: str
    phone: str
    source: str


class Stock(Record):
    """Everything that ``texts.toml`` holds."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    hours: tuple[str, ...]
    news: tuple[NewsItem, ...]
    hosting: tuple[HostingCompany, ...]
    links: dict[str, tuple[str, ...]]


@cache
def stock() -> Stock:
    """Return the stock that ships with the package."""
    text = files(__package__).joinpath("texts.toml").read_text(encoding="utf-8")
    return Stock.model_validate(tomllib.loads(text))
