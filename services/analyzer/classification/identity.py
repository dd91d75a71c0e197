"""Whether the site is the authority's own: the identity score of the domain reference, section 2.2.

Points: +3 the town hall's telephone, +3 postal code within 120 characters of the name, +2 the name in the title or
``og:site_name``, +2 « mairie de X » (« communauté de communes X »), +1 the name in the registrable domain; −2 a
homonym of another département, −2 a tourist office, −3 a foreign page. From 5 on the site is its own, from 3 on with
less confidence. An EPCI has no postal code in the frame: one of its département beside its name counts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from services.analyzer.classification.foreign import foreign_language
from services.analyzer.classification.landing import Landing, landing_of
from services.analyzer.classification.names import Names, names_of, slug_in
from services.analyzer.classification.phones import phones_in
from services.analyzer.classification.places import Place, place_of
from services.analyzer.evidence import page_evidence, page_with
from services.analyzer.lexicon import load_lexicon, snippet
from services.analyzer.page import Document, Page
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import PageClass
from services.contracts.hosts import registrable_domain
from services.contracts.text import normalise
from services.contracts.verdicts import Evidence, EvidenceKind

SURE = 5
LIKELY = 3
_NEAR = 120
# The page of any stranger repeats the address that was asked for: it says nothing of whose site it is.
_ADDRESS = re.compile(r"[\w.+-]{1,64}@\S{1,100}|(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,10}\b\S{0,200}")
_MAX_TEXT = 200_000
_EDGE = 2_000
_PAGES = (PageClass.CONTACT, PageClass.MENTIONS)
_HEADS = "header,footer,h1,h2,address,[id*=header],[id*=footer],[class*=header],[class*=footer]"
_OTHER = load_lexicon(__package__, "other_entities.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Points for one cue, with its proof."""

    id: str
    points: int
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The score of a site and the cues that make it up."""

    components: tuple[Component, ...]

    @cached_property
    def score(self) -> int:
        """The sum of the points; may be negative."""
        return sum(component.points for component in self.components)

    def has(self, *ids: str) -> bool:
        """Whether one of the cues was seen."""
        return any(component.id in ids for component in self.components)

    @property
    def homonym(self) -> bool:
        """Whether the page speaks of a namesake elsewhere, and shows nothing of the authority's own."""
        return self.has("homonym") and not self.has("phone", "postal_code")

    @property
    def confidence(self) -> float:
        """How sure the answer is: a middling score is a weak cue."""
        return 0.95 if self.score >= SURE else 0.6

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The proofs, in the order of the components."""
        return tuple(component.evidence for component in self.components)

    @property
    def cues(self) -> tuple[str, ...]:
        """The identifiers of the cues with their points, such as ``phone+3``."""
        return tuple(f"{component.id}{component.points:+d}" for component in self.components)


@once_per_site
def identity_of(site: Site) -> Identity | None:
    """Return the identity of what answered, None when nothing did."""
    landing = landing_of(site)
    if landing is None:
        return None
    return Identity(components=tuple(_Reader(site, landing).components()))


class _Reader:
    """Reads the cues of one site."""

    def __init__(self, site: Site, landing: Landing) -> None:
        self._site = site
        self._landing = landing
        self._names: Names = names_of(site.authority)
        self._place: Place = place_of(site.authority)
        self._others = tuple(page for name in _PAGES for page in site.pages_of(name))

    def components(self) -> Iterable[Component]:
        parts = (
            self._phone(),
            self._postal_code(),
            self._title(),
            self._institution(),
            self._domain(),
            self._homonym(),
            self._tourist_office(),
            self._language(),
        )
        return (part for part in parts if part is not None)

    def _texts(self) -> Iterable[tuple[str, Page | None]]:
        """Yield the whole text of the home page, of the contact page and of the legal notice."""
        yield _bounded(self._landing.text), None
        for page in self._others:
            yield _bounded(page.text), page

    def _zones(self) -> Iterable[tuple[str, Page | None]]:
        """Yield where a site says whose it is: headings, header, footer, both ends of the page, contact, legal notice.

        Old sites have no footer element: the ends of the text stand for it.
        """
        for document in self._landing.documents:
            yield normalise(document.title), None
            yield normalise(" ".join(_metas(document))), None
            yield _bounded(document.section_text(_HEADS)), None
            yield document.text[:_EDGE] + " … " + document.text[-_EDGE:], None
        yield " ".join(link.text for link in self._landing.links[:10]), None
        for page in self._others:
            yield _bounded(page.text), page

    def _phone(self) -> Component | None:
        own = set(phones_in(self._site.authority.phone or ""))
        if not own:
            return None
        for text, page in self._texts():
            for number, shown in phones_in(text).items():
                if number in own:
                    return self._component("phone", 3, shown, page)
        for link in self._landing.links:
            if link.url.startswith("tel:") and own & set(phones_in(link.url)):
                return self._component("phone", 3, link.url, None)
        return None

    def _postal_code(self) -> Component | None:
        for text, page in self._texts():
            for match in self._names.anywhere.finditer(text):
                around = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
                reach = 20 if self._names.fragile else _NEAR
                tight = text[max(0, match.start() - reach) : match.end() + reach]
                if self._place.own_code(tight):
                    return self._component("postal_code", 3, around.strip(), page)
        return None

    def _title(self) -> Component | None:
        for document in self._landing.documents:
            for text in (document.title, *_metas(document, names_only=True)):
                if self._names.titled.search(_ADDRESS.sub(" ", normalise(text))):
                    return self._component("title", 2, text, None)
        return None

    def _institution(self) -> Component | None:
        for text, page in self._zones():
            told = _ADDRESS.sub(" ", text)
            match = self._names.institution.search(told)
            if match:
                return self._component("institution", 2, snippet(told, match), page)
        return None

    def _domain(self) -> Component | None:
        host = self._landing.host
        # On a shared platform the registrable domain is the platform's: the whole host is read.
        slug = slug_in(registrable_domain(host) or host, self._names) or slug_in(host, self._names)
        if slug is None:
            return None
        return self._component("domain", 1, f"{host} contient « {slug} »", None, kind=EvidenceKind.REQUEST)

    def _homonym(self) -> Component | None:
        own = foreign = 0
        shown: tuple[str, Page | None] = ("", None)
        for text, page in self._texts():
            for match in self._names.anywhere.finditer(text):
                code = re.search(
                    r"(?<!\d)(\d{2} ?\d{3})[\s,-]{1,3}(?:(?:le|la|les|l)[\s'])?$",
                    text[max(0, match.start() - 16) : match.start()],
                )
                if code and self._place.own_code(code[1]):
                    own += 1
                elif code and self._place.elsewhere(code[1]):
                    foreign += 1
                    shown = (f"{code[1]} {match[0]}", page)
        return self._component("homonym", -2, *shown) if foreign > own else None

    def _tourist_office(self) -> Component | None:
        title = normalise(self._landing.title)
        match = _OTHER["tourist_office"].search(title)
        return self._component("tourist_office", -2, self._landing.title, None) if match else None

    def _language(self) -> Component | None:
        declared = foreign_language(self._landing)
        return self._component("foreign_language", -3, f'lang="{declared}"', None) if declared else None

    def _component(
        self, name: str, points: int, shown: str, page: Page | None, *, kind: EvidenceKind = EvidenceKind.TEXT
    ) -> Component:
        text = f"{name} {points:+d} : {shown}"
        if page is not None:
            evidence = page_evidence(page, kind, text, where=name, document=page_with(page, shown))
        else:
            evidence = self._landing.evidence(kind, text, where=name, within=shown)
        return Component(id=name, points=points, evidence=evidence)


def _bounded(text: str) -> str:
    """Return both ends of an endless text: names stand in headers and footers."""
    half = _MAX_TEXT // 2
    return text if len(text) <= _MAX_TEXT else f"{text[:half]} … {text[-half:]}"


def _metas(document: Document, *, names_only: bool = False) -> list[str]:
    """Return the names (and the description) that a document gives itself."""
    wanted = 'meta[property="og:site_name"],meta[name="application-name"]'
    if not names_only:
        wanted += ',meta[name="description"],meta[property="og:title"],meta[name="author"]'
    return [node.attributes.get("content") or "" for node in document.tree.css(wanted)]
