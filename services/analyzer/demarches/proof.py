"""Entries of a site's offer as evidence."""

from collections.abc import Sequence

from services.analyzer.demarches.found import Entry
from services.analyzer.evidence import page_evidence
from services.contracts.verdicts import Evidence, EvidenceKind

_SHOWN = 3


def entries_evidence(entries: Sequence[Entry]) -> tuple[Evidence, ...]:
    """Return the first entries as evidence, each with the platform's page that it leads to, where that was read."""
    return tuple(evidence for entry in entries[:_SHOWN] for evidence in (entry_evidence(entry), *_followed(entry)))


def _followed(entry: Entry) -> tuple[Evidence, ...]:
    if entry.proof is None or not entry.proof.readable:
        return ()
    shown = f"« {entry.proof.title or entry.proof.url} », réponse {entry.proof.capture.status}"
    return (page_evidence(entry.proof, EvidenceKind.TEXT, shown, where="title"),)


def entry_evidence(entry: Entry) -> Evidence:
    """Return the link and where it leads, or the page whose form or text it is."""
    if entry.link is None:
        kind = EvidenceKind.DOM if entry.target.name == "FORM" else EvidenceKind.TEXT
        return page_evidence(entry.page, kind, f"« {entry.page.title or entry.page.url} »", where="page")
    provider = entry.destination.provider
    named = [name for name in (provider.name if provider else None, entry.destination.epci) if name]
    whose = f" ({', '.join(named)})" if named else ""
    snippet = f"{entry.link.text or entry.link.selector} → {entry.link.url}{whose}"
    return page_evidence(entry.page, EvidenceKind.LINK, snippet, where=entry.link.selector)
