"""When a site last published something, by the dates that say so themselves.

Never by the year in the foot, by dates of events, or by what pages of the State that a site embeds were checked at.
The sitemap and feeds are not read: a site without dates on its pages is ``undetermined``, not old.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from selectolax.lexbor import LexborNode

from services.analyzer.currency.dates import dates_in, machine_date, only_date
from services.analyzer.currency.lexicons import WORDING
from services.analyzer.evidence import page_evidence, plan_evidence
from services.analyzer.indicator import Finding
from services.analyzer.lines import lines_of
from services.analyzer.page import Document, Page
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import PageClass
from services.contracts.text import normalise
from services.contracts.verdicts import Evidence, EvidenceKind, State

VALUES = ("90_days", "365_days", "730_days", "older", "unknown")
_LIMITS = ((90, "90_days", State.YES), (365, "365_days", State.YES), (730, "730_days", State.PARTIAL))
_SAID = re.compile(rf"\b(?:{WORDING['published'].expression})\b[^0-9]{{0,25}}$")
_METAS = (
    "meta[property='article:published_time'],meta[property='article:modified_time'],meta[property='og:updated_time']"
)
_LINKED_DATA = re.compile(r'"date(?:Modified|Published)"\s*:\s*"(\d{4}-\d{2}-\d{2})')
_DIGIT = re.compile(r"\d")
_NEAR, _AFTER = 60, 120
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of publication, and where it stands."""

    day: date
    page: Page
    where: str
    shown: str


def judge_age(site: Site) -> Finding:
    """Return the days since the site last published something, as the value."""
    newest = _newest(site)
    if newest is None:
        return Finding(state=State.UNDETERMINED, confidence=0.0, reasons=("no_date",), evidence=(plan_evidence(site),))
    return Finding(state=State.YES, value=float(_age(site, newest)), confidence=0.8, evidence=(_proof(newest),))


def judge_freshness(site: Site) -> Finding:
    """Return how long ago that was, as a class: ``yes`` within a year, ``partial`` within two."""
    newest = _newest(site)
    if newest is None:
        evidence = (plan_evidence(site),)
        return Finding(
            state=State.UNDETERMINED, value="unknown", confidence=0.0, reasons=("no_date",), evidence=evidence
        )
    age, evidence = _age(site, newest), (_proof(newest),)
    for limit, value, state in _LIMITS:
        if age <= limit:
            return Finding(state=state, value=value, confidence=0.8, evidence=evidence)
    return Finding(state=State.NO, value="older", confidence=0.8, evidence=evidence)


@once_per_site
def _newest(site: Site) -> Dated | None:
    """Return the latest date of publication that is not in the future."""
    last = site.manifest.finished_at.date() + timedelta(days=1)
    found = (dated for page in site.readable_pages for document in page.documents for dated in _dated(page, document))
    return max((dated for dated in found if dated.day <= last), key=lambda dated: dated.day, default=None)


def _dated(page: Page, document: Document) -> Iterator[Dated]:
    yield from _in_markup(page, document)
    text = document.text
    for day, start, end in dates_in(text):
        said = _SAID.search(text[max(0, start - _NEAR) : start])
        # What follows the next number belongs to another date.
        after = _DIGIT.split(text[end : end + _AFTER], maxsplit=1)[0]
        if said and not WORDING["embedded"].search(after):
            yield Dated(day, page, "text", text[max(0, start - _NEAR) : end])
    if page.capture.page_class is PageClass.NEWS and not _speaks_of_events(page.url):
        for line in lines_of(document):
            found = only_date(line.normal) if len(line.text) < _NEAR and not line.footer else None
            if found is not None:
                yield Dated(found, page, "text", line.text)


def _in_markup(page: Page, document: Document) -> Iterator[Dated]:
    for node in document.tree.css(_METAS):
        yield from _machine(page, node.attributes.get("content") or "", "meta")
    for node in document.tree.css('script[type="application/ld+json"]'):
        for text in _LINKED_DATA.findall(node.text()):
            yield from _machine(page, text, "ld+json")
    for node in document.tree.css("time[datetime]"):
        if not _in_event(node):
            yield from _machine(page, node.attributes.get("datetime") or "", "time")


def _speaks_of_events(text: str) -> bool:
    return WORDING["event"].search(normalise(text)) is not None


def _machine(page: Page, text: str, where: str) -> Iterator[Dated]:
    day = machine_date(text)
    if day is not None:
        yield Dated(day, page, where, text[:_NEAR])


def _in_event(node: LexborNode) -> bool:
    """Whether an element stands in what is marked as an event: its date is when that takes place."""
    parent: LexborNode | None = node
    for _ in range(_DEEPEST):
        if parent is None or parent.tag == "body":
            return False
        named = (parent.attributes.get(attribute) or "" for attribute in ("class", "id", "itemtype"))
        if _speaks_of_events(" ".join(named)):
            return True
        parent = parent.parent
    return False


def _age(site: Site, dated: Dated) -> int:
    return max(0, (site.manifest.finished_at.date() - dated.day).days)


def _proof(dated: Dated) -> Evidence:
    kind = EvidenceKind.TEXT if dated.where == "text" else EvidenceKind.DOM
    return page_evidence(dated.page, kind, f"{dated.day.isoformat()} : {dated.shown}", where=dated.where)
