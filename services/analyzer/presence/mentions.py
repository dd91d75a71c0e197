"""Every place where a site says something that a lexicon knows, found in one reading of its pages."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.analyzer.lexicons import MATCHER
from services.analyzer.page import Document, Link, Page
from services.analyzer.site import Site, once_per_site
from services.contracts.hosts import host_of
from services.contracts.text import normalise

MENU_CHARS = 45
"""Longest label of a menu entry; what is longer is a sentence, most often the title of a piece of news."""
MOST = 5
"""Mentions kept of one entry in one kind of place: enough for evidence."""
_AROUND = 120
_NO_WORD = re.compile(r"[\W_]+")


class Place(StrEnum):
    """Where something is said, the most telling first."""

    MENU = "menu"
    HEADING = "heading"
    ADDRESS = "address"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Mention:
    """One such place. ``where`` names it in the page; ``link`` is the link whose label or address says it."""

    page: Page
    document: Document
    place: Place
    snippet: str
    where: str
    link: Link | None = None


Mentions = Mapping[str, tuple[Mention, ...]]


@once_per_site
def read_mentions(site: Site) -> Mentions:
    """Return the mentions of each entry of the lexicons, at most five in one kind of place, the most telling first."""
    found: dict[str, dict[Place, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    said_in = reader(site)
    for text, page, document, place, shown, where, link in _places(site):
        for key in said_in(text):
            mention = Mention(page, document, place, shown, where, link)
            kept = found[key][mention.place]
            if len(kept) < MOST:
                kept.append(mention)
    return {key: tuple(m for place in Place for m in places[place]) for key, places in found.items()}


@once_per_site
def reader(_: Site) -> Callable[[str], frozenset[str]]:
    """Return what tells which entries of the lexicons a text of the site matches. It reads each text once."""
    known: dict[str, frozenset[str]] = {}

    def said_in(text: str) -> frozenset[str]:
        if text not in known:
            known[text] = MATCHER.matches(text)
        return known[text]

    return said_in


def text_around(mention: Mention, key: str) -> str:
    """Return the words around the first match of an entry in the text that a mention stands for."""
    text = mention.document.text
    start, end = next(MATCHER.terms(key, text, weak=True), (0, 0))
    return text[max(0, start - _AROUND) : end + _AROUND].strip()


_Seen = tuple[str, Page, Document, Place, str, str, Link | None]


def _places(site: Site) -> Iterator[_Seen]:
    """Yield the normalised text of each place, then what a mention there holds; a link of many pages once."""
    seen: set[tuple[str, str]] = set()
    for page in site.readable_pages:
        host = host_of(page.url)
        for document in page.documents:
            for where, text in _headings(document):
                yield normalise(text), page, document, Place.HEADING, text, where, None
            for link in document.links:
                if (link.text, link.url) in seen:
                    continue
                seen.add((link.text, link.url))
                if 0 < len(link.text) <= MENU_CHARS:
                    yield link.text, page, document, Place.MENU, link.text, link.selector, link
                path = link.path if host_of(link.url) == host else ""
                if path.strip("/"):
                    yield _words(path), page, document, Place.ADDRESS, path, link.selector, link
            if document.text:
                yield document.text, page, document, Place.TEXT, "", "text", None


def _headings(document: Document) -> Iterator[tuple[str, str]]:
    if document.title:
        yield "title", document.title
    for node in document.tree.css("h1,h2"):
        text = " ".join(node.text(separator=" ").split())
        if text and len(text) <= 2 * MENU_CHARS:
            yield node.tag or "h1", text


def _words(path: str) -> str:
    return " ".join(_NO_WORD.sub(" ", path).split())
