"""Whether acts (deliberations, minutes, orders) are published on the site, and lately."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from services.analyzer.currency.dates import dates_in, months_in
from services.analyzer.currency.lexicons import WORDING
from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding
from services.analyzer.page import Link, Page
from services.analyzer.presence.absence import absent
from services.analyzer.site import Site
from services.contracts.text import normalise
from services.contracts.verdicts import EvidenceKind, State

_DOCUMENT = re.compile(r"\.(?:pdf|docx?|odt)(?:$|[?#])|/download|telecharg", re.IGNORECASE)
_COMPACT = re.compile(r"(?<!\d)(20\d{2})[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])(?!\d)")
_REVERSED = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])[-_. /]?(0[1-9]|1[0-2])[-_. /]?(20\d{2})(?!\d)")
_RECENT = timedelta(days=366)


def judge_acts(site: Site) -> Finding:
    """Return whether documents of acts are offered: ``yes`` with one of the last twelve months among them.

    ``partial``: documents without a date of these months, or a page on acts without a document that we saw.
    """
    last = site.manifest.finished_at.date()
    acts = [(page, link) for page in site.readable_pages for link in page.links if _is_act(page, link)]
    dated = ((page, link, day) for page, link in acts for day in _days(link) if day <= last + timedelta(days=1))
    newest = max(dated, key=lambda found: found[2], default=None)
    if newest is not None and newest[2] >= last - _RECENT:
        page, link, day = newest
        shown = page_evidence(
            page, EvidenceKind.LINK, f"{day.isoformat()} : {link.text} → {link.url}", where=link.selector
        )
        return Finding(state=State.YES, confidence=0.8, evidence=(shown,))
    if acts:
        page, link = acts[0][0], newest[1] if newest else acts[0][1]
        shown = page_evidence(page, EvidenceKind.LINK, f"{link.text} → {link.url}", where=link.selector)
        reason = "older_acts" if newest else "undated_acts"
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=(reason,), evidence=(shown,))
    spoken = [(p, link) for p in site.readable_pages for link in p.links if WORDING["act"].search(link.text)]
    if spoken:
        page, link = spoken[0]
        shown = page_evidence(page, EvidenceKind.LINK, f"{link.text} → {link.url}", where=link.selector)
        return Finding(state=State.PARTIAL, confidence=0.5, reasons=("no_document_seen",), evidence=(shown,))
    return absent(site, "no_acts")


def _is_act(page: Page, link: Link) -> bool:
    """Whether a link leads to a document of an act: by its label or file name, or by what its page is about."""
    if not _DOCUMENT.search(link.url):
        return False
    name = normalise(link.url.rsplit("/", 1)[-1].replace("_", " ").replace("-", " "))
    return bool(
        WORDING["act"].search(link.text) or WORDING["act"].search(name) or WORDING["act"].search(normalise(page.title))
    )


def _days(link: Link) -> Iterator[date]:
    text = f"{link.text} {normalise(link.url.rsplit('/', 1)[-1])}"
    yield from (day for day, _, _ in dates_in(text))
    yield from months_in(text)
    for match in _COMPACT.finditer(text):
        yield from _made(int(match[1]), int(match[2]), int(match[3]))
    for match in _REVERSED.finditer(text):
        yield from _made(int(match[3]), int(match[2]), int(match[1]))


def _made(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
