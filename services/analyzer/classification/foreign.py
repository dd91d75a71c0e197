"""Whether a page is written for another country."""

import tomllib
from functools import cache
from importlib.resources import files

from services.analyzer.classification.landing import Landing
from services.analyzer.page import Document
from services.contracts.hosts import host_of

_MIN_SHARE = 0.08


def foreign_language(landing: Landing) -> str | None:
    """Return the foreign language that a page declares under a foreign domain, or None.

    Site builders leave ``lang="en-US"`` on French pages: a page whose words are French is never foreign.
    """
    host = host_of(landing.url)
    declared = next((lang for document in landing.documents if (lang := _declared(document))), "")
    primary = declared.lower().replace("_", "-").split("-", 1)[0]
    if not primary or primary in _words("languages") or host.rpartition(".")[2] in _words("top_level_domains"):
        return None
    words = landing.text.split()
    french = sum(1 for word in words if word in _words("french_words"))
    return declared if words and french < _MIN_SHARE * len(words) else None


def _declared(document: Document) -> str:
    html = document.tree.css_first("html")
    return (html.attributes.get("lang") or html.attributes.get("xml:lang") or "") if html else ""


@cache
def _words(name: str) -> frozenset[str]:
    table = tomllib.loads(files(__package__).joinpath("foreign.toml").read_text(encoding="utf-8"))
    return frozenset(table[name]["words"])
