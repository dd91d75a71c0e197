"""Entries of a site's offer as evidence."""

from services.analyzer.demarches.found import Entry
from services.analyzer.evidence import page_evidence
from services.contracts.verdicts import Evidence, EvidenceKind


def entry_evidence(entry: Entry) -> Evidence:
    """Return the link and where it leads, or the page whose form or text it is."""
    if entry.link is None:
        kind = EvidenceKind.DOM if entry.target.name == "FORM" else EvidenceKind.TEXT
        return page_evidence(entry.page, kind, f"« {entry.page.title or entry.page.url} »", where="page")
    provider = entry.destination.provider
    whose = f" ({provider.name})" if provider else ""
    snippet = f"{entry.link.text or entry.link.selector} → {entry.link.url}{whose}"
    return page_evidence(entry.page, EvidenceKind.LINK, snippet, where=entry.link.selector)
