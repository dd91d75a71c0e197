"""What a site says of personal data and of its own accessibility."""

import re
from dataclasses import replace

from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding
from services.analyzer.lexicons import MATCHER
from services.analyzer.lines import lines_of
from services.analyzer.page import Page
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Mention, Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import PageClass
from services.contracts.text import normalise
from services.contracts.verdicts import EvidenceKind, State

_LEVELS = (("a11y_full", "totale"), ("a11y_partial", "partielle"), ("a11y_none", "non"))
_PARTS = ("purpose", "retention", "rights", "dpo")
_ENOUGH_PARTS = 3
_ENOUGH_HEADINGS = 2
_NEAR = 3
"""Lines after the one that names the officer in which an address or number is that officer's."""
_REACHED_BY = re.compile(r"@|\(at\)|\[at\]|\b0[1-9](?:[ .-]?\d{2}){4}\b|\b\d{5} [a-z]|formulaire|courrier")


def judge_privacy(site: Site) -> Finding:
    """Return whether a page says what becomes of personal data: purposes, time kept, rights, officer; three of them."""
    page = _privacy_page(site)
    mentions = read_mentions(site).get("conformity.privacy_page", ())
    if page is None and not mentions:
        return _absent(site, "no_privacy_policy")
    if page is not None:
        parts = [part for part in _PARTS if f"conformity.{part}" in MATCHER.matches(page.text)]
        missing = tuple(f"no_{part}" for part in _PARTS if part not in parts)
        shown = (page_evidence(page, EvidenceKind.TEXT, f"« {page.title or page.url} »", where="title"),)
        if len(parts) >= _ENOUGH_PARTS:
            return Finding(state=State.YES, value="full", confidence=0.8, reasons=missing, evidence=shown)
        return Finding(state=State.PARTIAL, value="partial", confidence=0.8, reasons=missing, evidence=shown)
    told = tuple(mention_evidence(mention, "conformity.privacy_page") for mention in mentions[:2])
    return Finding(state=State.PARTIAL, value="partial", confidence=0.6, reasons=("mention_only",), evidence=told)


def judge_officer(site: Site) -> Finding:
    """Return whether the data protection officer can be reached: by an address or number beside the name."""
    key = "conformity.dpo"
    mentions = [m for m in read_mentions(site).get(key, ()) if m.place in (Place.TEXT, Place.HEADING)]
    if not mentions:
        return absent(site, "no_officer")
    reachable = [mention for mention in mentions if _is_reachable(mention, key)]
    shown = tuple(mention_evidence(mention, key) for mention in (reachable or mentions)[:2])
    if reachable:
        return Finding(state=State.YES, confidence=0.8, evidence=shown)
    return Finding(state=State.PARTIAL, confidence=0.6, reasons=("no_contact",), evidence=shown)


def judge_a11y_mention(site: Site) -> Finding:
    """Return what the home page says of its conformity; ``partial`` where another page says it only."""
    mentions = read_mentions(site)
    for key, value in _LEVELS:
        found = mentions.get(f"conformity.{key}", ())
        at_home = [m for m in found if m.page.capture.page_class is PageClass.HOME or m.place is Place.MENU]
        if at_home:
            evidence = (mention_evidence(at_home[0], f"conformity.{key}"),)
            return Finding(state=State.YES, value=value, evidence=evidence)
    for key, value in _LEVELS:
        found = mentions.get(f"conformity.{key}", ())
        if found:
            evidence = (mention_evidence(found[0], f"conformity.{key}"),)
            return Finding(
                state=State.PARTIAL, value=value, confidence=0.8, reasons=("not_on_home_page",), evidence=evidence
            )
    return _absent(site, "no_mention")


def judge_a11y_statement(site: Site) -> Finding:
    """Return whether there is a statement with the parts of the model; ``partial``: a page without them."""
    for page, terms in a11y_statements(site):
        shown = page_evidence(page, EvidenceKind.TEXT, ", ".join(sorted(terms)), where="text")
        return Finding(state=State.YES, confidence=0.9, evidence=(shown,))
    bare = site.page(PageClass.ACCESSIBILITY)
    if bare is not None:
        shown = page_evidence(bare, EvidenceKind.TEXT, f"« {bare.title or bare.url} »", where="title")
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("no_model_parts",), evidence=(shown,))
    return absent(site, "no_statement")


@once_per_site
def a11y_statements(site: Site) -> list[tuple[Page, set[str]]]:
    """Return the pages that hold a statement, each with the headings of the model that it has."""
    key = "conformity.a11y_statement"
    read = (
        (p, {p.text[start:end].rstrip("s") for start, end in MATCHER.terms(key, p.text)}) for p in site.readable_pages
    )
    return [(page, terms) for page, terms in read if len(terms) >= _ENOUGH_HEADINGS]


def judge_said(site: Site, key: str, reason: str) -> Finding:
    """Return whether the site says something anywhere."""
    found = read_mentions(site).get(f"conformity.{key}", ())
    if not found:
        return absent(site, reason)
    return Finding(state=State.YES, confidence=0.8, evidence=(mention_evidence(found[0], f"conformity.{key}"),))


def judge_search(site: Site) -> Finding:
    """Return whether the home page has a field to search the site."""
    home = site.home
    query = 'input[type=search],[role=search],form[action*="search"],form[action*="recherche"],input[name=s]'
    found = (document.tree.css_first(query) for document in (home.documents if home else ()))
    node = next((node for node in found if node is not None), None)
    if home is None or node is None:
        return absent(site, "no_search")
    name = node.attributes.get("name") or node.attributes.get("id") or node.tag or "search"
    return Finding(
        state=State.YES, evidence=(page_evidence(home, EvidenceKind.DOM, f"<{node.tag}> {name}", where="search"),)
    )


def _absent(site: Site, reason: str) -> Finding:
    """Return an absence as a value of its enumeration."""
    finding = absent(site, reason)
    return finding if finding.state is State.UNDETERMINED else replace(finding, value="absent")


def _privacy_page(site: Site) -> Page | None:
    page = site.page(PageClass.PRIVACY)
    if page is not None:
        return page
    headed = [m.page for m in read_mentions(site).get("conformity.privacy_page", ()) if m.place is Place.HEADING]
    return next((page for page in headed if page.capture.page_class is not PageClass.HOME), None)


def _is_reachable(mention: Mention, key: str) -> bool:
    words = [normalise(line.text) for line in lines_of(mention.document)]
    return any(
        next(MATCHER.terms(key, line), None) is not None
        and bool(_REACHED_BY.search(" ".join(words[place : place + 1 + _NEAR])))
        for place, line in enumerate(words)
    )
