"""Findings on accounts for residents, and on FranceConnect (chapter 4 of the 2018 study)."""

import re

from services.analyzer.demarches.forms import has_login
from services.analyzer.demarches.found import Entry, read_offer
from services.analyzer.demarches.proof import entries_evidence
from services.analyzer.demarches.providers import Category
from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.page import Document, Page
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Mention, Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.hosts import host_of
from services.contracts.reasons import Reason
from services.contracts.text import normalise
from services.contracts.verdicts import EvidenceKind, State

GENERAL, FAMILY, SECTORAL = "general", "famille", "sectoral"
_SCOPES = {
    Category.GRC: GENERAL,
    Category.GRC_FAMILLE: GENERAL,
    Category.FAMILLE: FAMILY,
    Category.MEDIATHEQUE: SECTORAL,
}
_ACCOUNT, _FRANCECONNECT = "teleservices.account", "teleservices.franceconnect"
_BRAND = re.compile(r"france ?-?connect")
_ENDPOINT = re.compile(r"(?:app|oidc|auth|fcp[\w-]*)\.franceconnect\.gouv\.fr|/franceconnect(?:[/?]|$)", re.IGNORECASE)
_PICTURE = re.compile(r"fcboutons?|franceconnect|france-connect", re.IGNORECASE)
_SHOWN = 3


@once_per_site
def judge_account(site: Site) -> Finding:
    """Return whether residents can open an account; ``partial``: only for one service, or only in words."""
    entries = _accounts(site)
    for scope, state in ((GENERAL, State.YES), (FAMILY, State.YES), (SECTORAL, State.PARTIAL)):
        found = [entry for entry in entries if _scope(entry) == scope]
        if found:
            reasons = () if state is State.YES else ("one_service_only",)
            evidence = entries_evidence(found)
            return Finding(state=state, value=scope, confidence=0.9, reasons=reasons, evidence=evidence)
    mentions = [m for m in read_mentions(site).get(_ACCOUNT, ()) if m.place is not Place.TEXT]
    for mention in mentions:
        if _asks_to_log_in(site, mention):
            evidence = (mention_evidence(mention, _ACCOUNT),)
            return Finding(state=State.YES, value=GENERAL, confidence=0.8, evidence=evidence)
    if mentions:
        evidence = tuple(mention_evidence(mention, _ACCOUNT) for mention in mentions[:_SHOWN])
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("words_only",), evidence=evidence)
    return absent(site, "no_account")


def judge_account_scope(site: Site) -> Finding:
    """Return what the account is for, as the value: everything, families, or one service."""
    account = judge_account(site)
    if account.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *account.evidence)
    if account.value is None:
        return not_applicable("no_account")
    return Finding(state=State.YES, value=account.value, confidence=account.confidence, evidence=account.evidence)


def judge_franceconnect(site: Site) -> Finding:
    """Return whether the account accepts FranceConnect: by a button, an address or a picture; ``partial``: in words.

    An account on a platform of which no log-in page was read says nothing of FranceConnect: undetermined.
    """
    account = judge_account(site)
    if account.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *account.evidence)
    if account.state is State.NO:
        return not_applicable("no_account")
    portals = _portals(site)
    for page in (*site.readable_pages, *portals):
        for document in page.documents:
            seen = _marker(document)
            if seen is not None:
                evidence = page_evidence(page, EvidenceKind.DOM, seen, where="franceconnect", document=document)
                return Finding(state=State.YES, evidence=(evidence,))
    mentions = read_mentions(site).get(_FRANCECONNECT, ())
    if mentions:
        evidence = mention_evidence(mentions[0], _FRANCECONNECT)
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("words_only",), evidence=(evidence,))
    asking = [page for page in portals if any(has_login(document) for document in page.documents)]
    if asking:
        shown = page_evidence(asking[0], EvidenceKind.DOM, f"« {asking[0].title or asking[0].url} »", where="login")
        return Finding(state=State.NO, confidence=0.8, reasons=("no_franceconnect",), evidence=(shown,))
    if any(entry.link is not None for entry in _accounts(site)):
        return Finding(
            state=State.UNDETERMINED, confidence=0.0, reasons=("portal_not_visited",), evidence=account.evidence
        )
    return absent(site, "no_franceconnect")


def _portals(site: Site) -> list[Page]:
    """Return the pages of platforms with accounts to which the site leads, those that were read."""
    proofs = (entry.proof for entry in _accounts(site))
    return [page for page in proofs if page is not None and page.readable]


def _accounts(site: Site) -> list[Entry]:
    return [entry for entry in read_offer(site).platforms if _scope(entry) is not None]


def _scope(entry: Entry) -> str | None:
    provider = entry.destination.provider
    if provider is not None:
        return _SCOPES.get(provider.category)
    return FAMILY if "famille" in (entry.destination.label or "") else GENERAL


def _asks_to_log_in(site: Site, mention: Mention) -> bool:
    """Whether the page that a mention is on, or leads to, asks for a password."""
    if mention.link is None:
        return has_login(mention.document)
    if host_of(mention.link.url) != host_of(mention.page.url):
        return False
    pages = [page for page in site.readable_pages if mention.link.url in (page.url, page.capture.url)]
    return any(has_login(document) for page in pages for document in page.documents)


def _marker(document: Document) -> str | None:
    """Return the words of a button, or the address, that FranceConnect is entered by; ProConnect's is another."""
    for button in document.tree.css(".fr-connect,[class*=franceconnect],[class*=france-connect],[class*=fcBtn]"):
        words = normalise(f"{button.text(separator=' ')} {button.attributes.get('title') or ''}")
        if _BRAND.search(words):
            return words[:200]
    for link in document.links:
        if _ENDPOINT.search(link.url):
            return link.url
    for picture in document.tree.css("a img[src],button img[src],input[type=image][src]"):
        source = picture.attributes.get("src") or ""
        if _PICTURE.search(source.rsplit("/", 1)[-1]):
            return source
    return None
