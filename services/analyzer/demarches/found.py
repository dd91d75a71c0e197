"""The démarches of a site: each with the most helpful place that a link, a form or a page of the site leads to."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from services.analyzer.demarches.forms import request_forms
from services.analyzer.demarches.providers import is_front_page
from services.analyzer.demarches.targets import Destination, Target, destination
from services.analyzer.lexicons import LEXICONS
from services.analyzer.page import Link, Page
from services.analyzer.presence.mentions import reader
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import PageClass
from services.contracts.failures import FailureKind
from services.contracts.hosts import host_of
from services.contracts.text import normalise

DEMARCHES = LEXICONS["demarches"].entries
LONGEST_LABEL = 120
"""Characters of a link's label; what is longer is a text."""
_PREFIX, _PORTAL = "demarches.", "teleservices.portal"
_CONTACT = frozenset({"contact_elu", "newsletter_alerte"})
"""Démarches whose form is one to write to the town, or to subscribe: no tele-service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place where a résident gets on: a link, or a page of the site with its form (``link`` is None).

    ``proof`` is the page of the platform that the link leads to, where it was asked for.
    """

    page: Page
    destination: Destination
    link: Link | None = None
    demarches: frozenset[str] = frozenset()
    named: bool = False
    proof: Page | None = None

    @property
    def target(self) -> Target:
        """What is found there."""
        return self.destination.target


@dataclass(frozen=True)
class Offer:
    """Everything a site offers. ``best`` has the most helpful entry of each démarche found."""

    entries: tuple[Entry, ...]

    @cached_property
    def best(self) -> Mapping[str, Entry]:
        """The most helpful entry of each démarche; of equal ones the authority's own, then the first."""
        found: dict[str, Entry] = {}
        for entry in self.entries:
            for demarche in entry.demarches:
                known = found.get(demarche)
                if known is None or _rank(entry) > _rank(known):
                    found[demarche] = entry
        return found

    @cached_property
    def platforms(self) -> tuple[Entry, ...]:
        """The links to platforms, those of credits left out."""
        return tuple(entry for entry in self.entries if entry.target is Target.PLATFORM)


@once_per_site
def read_offer(site: Site) -> Offer:
    """Return what a site offers to do, by the links and forms of the pages that were read."""
    return Offer(tuple(_entries(site)))


def _rank(entry: Entry) -> tuple[int, bool]:
    return entry.target, entry.destination.own


def _entries(site: Site) -> Iterator[Entry]:
    places: Counter[str] = Counter()
    for page in site.readable_pages:
        places.update({link.url for link in page.links})
    seen: set[tuple[str, str, frozenset[str]]] = set()
    words = _Words(reader(site))
    # A menu stands on every page: where its links lead is asked for once.
    leading = lru_cache(maxsize=None)(lambda url, host: destination(url, site.authority, host))
    for page in site.readable_pages:
        about = _about(page, words)
        host = host_of(page.url)
        for link in page.links:
            proof = site.followed.get(link.url)
            leads = _DEAD_END if proof is not None and is_dead(proof) else leading(link.url, host)
            demarches = words.demarches(link.text)
            named = bool(demarches) or _PORTAL in words.said(link.text)
            # A link of this page alone serves what the page is about; one of the menu does not.
            if not demarches and about and places[link.url] == 1 and leads.target in _DOES_SOMETHING:
                demarches, named = about, True
            if not named and (leads.target is not Target.PLATFORM or is_front_page(link.url)):
                continue
            if (link.text, link.url, demarches) not in seen:
                seen.add((link.text, link.url, demarches))
                yield Entry(page=page, destination=leads, link=link, demarches=demarches, named=named, proof=proof)
        yield from _on_page(page, about, words)


def is_dead(page: Page) -> bool:
    """Whether there is nothing at an address that a site leads to: no such page, or no such name."""
    return page.capture.status in _GONE or page.capture.kind is FailureKind.DNS_ABSENT


_GONE = (404, 410)
_DEAD_END = Destination(target=Target.EXTERNAL, label="dead_link")
_DOES_SOMETHING = frozenset({Target.DOWNLOAD, Target.STATE, Target.FORM, Target.PLATFORM})


@dataclass(frozen=True, slots=True)
class _Words:
    """What short texts say: labels, titles; a longer one is no name of a démarche."""

    said_in: Callable[[str], frozenset[str]]

    def said(self, text: str) -> frozenset[str]:
        return self.said_in(text) if 0 < len(text) <= LONGEST_LABEL else frozenset()

    def demarches(self, text: str) -> frozenset[str]:
        return frozenset(key.removeprefix(_PREFIX) for key in self.said(text) if key.startswith(_PREFIX))


def _on_page(page: Page, about: frozenset[str], said: _Words) -> Iterator[Entry]:
    """Yield the page itself for what it is about: its forms to fill in, or information."""
    for document in page.documents:
        for words in request_forms(document):
            taken = (said.demarches(words) or about) - _CONTACT
            if taken:
                yield Entry(page=page, destination=Destination(target=Target.FORM), demarches=taken, named=True)
    if about:
        yield Entry(page=page, destination=Destination(target=Target.INFORMATION), demarches=about, named=True)


def _about(page: Page, words: _Words) -> frozenset[str]:
    """Return the démarches that a page's title or first heading names; the home page is about none."""
    if page.capture.page_class is PageClass.HOME or page.document is None:
        return frozenset()
    heading = page.document.tree.css_first("h1")
    texts = (normalise(page.title), normalise(heading.text(separator=" ")) if heading else "")
    return frozenset(demarche for text in texts for demarche in words.demarches(text))
