"""Mentions as evidence."""

from services.analyzer.evidence import page_evidence
from services.analyzer.presence.mentions import Mention, Place, text_around
from services.contracts.verdicts import Evidence, EvidenceKind

_KINDS = {
    Place.MENU: EvidenceKind.LINK,
    Place.ADDRESS: EvidenceKind.LINK,
    Place.HEADING: EvidenceKind.TEXT,
    Place.TEXT: EvidenceKind.TEXT,
}


def mention_evidence(mention: Mention, key: str) -> Evidence:
    """Return where a site says something: the menu entry, the heading, the address, or the words around it."""
    snippet = mention.snippet
    if mention.place is Place.TEXT:
        snippet = text_around(mention, key)
    elif mention.link is not None and mention.link.url:
        snippet = f"{mention.snippet} → {mention.link.url}"
    return page_evidence(mention.page, _KINDS[mention.place], snippet, where=mention.where, document=mention.document)
