"""Every place where a site says something that a lexicon knows, found in one reading of its pages."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
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
    known: dict[str, frozenset[str]] = {}
    for mention, text in _places(site):
        if text not in known:
            known[text] = MATCHER.matches(text)
        for key in known[text]:
            kept = found[key][mention.place]
            if len(kept) < MOST:
                kept.append(mention)
    return {key: tuple(m for place in Place for m in places[place]) for key, places in found.items()}


def text_around(mention: Mention, key: str) -> str:
    """Return the words around the first match of an entry in the text that a mention stands for."""
    text = mention.document.text
    start, end = next(MATCHER.terms(key, text, weak=True), (0, 0))
    return text[max(0, start - _AROUND) : end + _AROUND].strip()


def _places(site: Site) -> Iterator[tuple[Mention, str]]:
    """Yield each place with its normalised text; a link that many pages have, once."""
    seen: set[tuple[str, str]] = set()
    for page in site.readable_pages:
        for document in page.documents:
            for where, text in _headings(document):
                yield Mention(page, document, Place.HEADING, text, where), normalise(text)
            for link in document.links:
                if (link.text, link.url) in seen:
                    continue
                seen.add((link.text, link.url))
                if 0 < len(link.text) <= MENU_CHARS:
                    yield Mention(page, document, Place.MENU, link.text, link.selector, link), link.text
                if host_of(link.url) == host_of(page.url) and link.path.strip("/"):
                    words = _words(link.path)
                    yield Mention(page, document, Place.ADDRESS, link.path, link.selector, link), words
            if document.text:
                yield Mention(page, document, Place.TEXT, "", "text"), document.text


def _headings(document: Document) -> Iterator[tuple[str, str]]:
    if document.title:
        yield "title", document.title
    for node in document.tree.css("h1,h2"):
        text = " ".join(node.text(separator=" ").split())
        if text and len(text) <= 2 * MENU_CHARS:
            yield node.tag or "h1", text


def _words(path: str) -> str:
    return normalise("".join(char if char.isalnum() else " " for char in path))
