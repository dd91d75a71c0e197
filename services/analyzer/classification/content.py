"""Pages that answer but show no site: a login form alone, an empty page, a stale address."""

import re
from difflib import SequenceMatcher

from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, absent, unseen
from services.analyzer.classification.signatures import FEW_LINKS
from services.analyzer.lexicon import load_lexicon, snippet
from services.analyzer.site import Site
from services.contracts.capture import PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.text import normalise
from services.contracts.verdicts import EvidenceKind

_LOGIN_CHARS = 800
_LOGIN_LINKS = 3
_EMPTY_CHARS = 200
_SAME_PAGE = 0.9
_COMPARED_CHARS = 20_000
_NOT_FOUND = load_lexicon(__package__, "not_found.toml")
_CONSENT = load_lexicon(__package__, "consent.toml")
_READABLE_OBJECTS = (
    'map area[href],object[data$=".pdf"],embed[src$=".pdf"],iframe[src$=".pdf"],embed[type="application/pdf"],'
    'object[type="application/pdf"]'
)


def soft_not_found(site: Site, landing: Landing) -> Classification | None:
    """Return ``http_error`` when the declared address gives, with a success status, the site's « not found » page.

    It must say so in its title, and be what the site answers for a random path (or hold next to no link): a site
    whose news speak of a lost page is not concerned, nor one whose « not found » page is a full site.
    """
    found = _NOT_FOUND.first(normalise(landing.title))
    if not landing.successful or not found or len(landing.internal_links) >= FEW_LINKS:
        return None
    probe = next((page for page in site.pages if page.capture.page_class is PageClass.NOT_FOUND_PROBE), None)
    same = probe is not None and _similar(landing.text, probe.text) >= _SAME_PAGE
    evidence = landing.evidence(EvidenceKind.TEXT, landing.title, where="title")
    return absent(SiteStatus.HTTP_ERROR, evidence, confidence=0.95 if same else 0.8, reasons=("soft_404",))


def login_only(landing: Landing) -> Classification | None:
    """Return ``login_only`` when the home page is a login form and hardly anything else."""
    if len(landing.text) >= _LOGIN_CHARS or len(landing.internal_links) > _LOGIN_LINKS:
        return None
    if not any(document.tree.css_first("input[type=password]") for document in landing.documents):
        return None
    return absent(SiteStatus.LOGIN_ONLY, landing.evidence(EvidenceKind.DOM, landing.text, where="input[type=password]"))


def empty(site: Site, landing: Landing) -> Classification | None:
    """Return ``empty`` when the rendered page has no text to speak of, nor an image map or PDF in its place.

    A page of images that links to several pages of its own is a site, however little it says; so is a page to
    click through, when what it leads to was read and has text. A page that no browser rendered, that never finished
    loading, that asks for consent first (we give none), or whose frames were not captured may say more than was
    seen: undetermined.
    """
    if len(landing.text) >= _EMPTY_CHARS or len(landing.internal_links) >= FEW_LINKS:
        return None
    if len(landing.text) + sum(len(page.text) for page in site.linked_plan if page.readable) >= _EMPTY_CHARS:
        return None
    if any(document.tree.css_first(_READABLE_OBJECTS) for document in landing.documents):
        return None
    if any(re.search(r"\.pdf(?:$|[?#])", link.url.lower()) for link in landing.links):
        return None
    shown = landing.text or "aucun texte"
    evidence = landing.evidence(EvidenceKind.TEXT, f"{len(landing.text)} caractères : {shown}", where="body")
    if landing.page is None or landing.page.capture.viewport is Viewport.HTTP:
        return unseen(Reason.NO_DESKTOP_RENDER, evidence)
    if landing.page.capture.soft_timeout:
        return unseen(Reason.TIMEOUT, evidence)
    if found := _CONSENT.first(landing.text):
        wall = landing.evidence(EvidenceKind.TEXT, snippet(landing.text, found[1]), where=found[0].id)
        return unseen(Reason.HOME_NOT_CAPTURED, wall, reasons=("consent_wall",))
    if len(landing.documents) == 1 and landing.documents[0].tree.css_first("frame[src]"):
        return unseen(Reason.HOME_NOT_CAPTURED, evidence)
    return absent(SiteStatus.EMPTY, evidence)


def _similar(one: str, other: str) -> float:
    """Return how much two texts share, word by word, 0..1."""
    first, second = one[:_COMPARED_CHARS].split(), other[:_COMPARED_CHARS].split()
    if not first or not second:
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
