"""Pages that are nobody's: for sale, the host's default page, under construction.

A signature counts on a short page or in the title only: every word of it also stands somewhere on real sites
(« travaux en cours », « Plesk » in a legal notice, « page en construction » in one section of a site).
"""

from services.analyzer.classification.identity import SURE, Identity
from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, absent
from services.analyzer.lexicon import Lexicon, load_lexicon, snippet
from services.contracts.text import normalise
from services.contracts.verdicts import Evidence, EvidenceKind

SHORT_PAGE = 1_500
FEW_WORDS = 400
FEW_LINKS = 5
_PASSING = 503

_PARKED = load_lexicon(__package__, "parked.toml")
_DEFAULT = load_lexicon(__package__, "default_hosting.toml")
_CONSTRUCTION = load_lexicon(__package__, "construction.toml")
_WAITING = load_lexicon(__package__, "waiting.toml")


def parked_by_text(landing: Landing, identity: Identity | None) -> Classification | None:
    """Return ``parked`` for a page that offers the domain for sale, or fills it with advertising."""
    if identity is not None and identity.score >= SURE:
        return None
    evidence = _seen(_PARKED, landing)
    return absent(SiteStatus.PARKED, evidence) if evidence else None


def default_hosting(landing: Landing) -> Classification | None:
    """Return ``default_hosting`` for the page that a host or a web server shows before there is a site."""
    if len(landing.internal_links) >= FEW_LINKS:
        return None
    evidence = _seen(_DEFAULT, landing)
    return absent(SiteStatus.DEFAULT_HOSTING, evidence) if evidence else None


def under_construction(landing: Landing) -> Classification | None:
    """Return ``under_construction`` for a short page, with hardly a link, that announces a site to come.

    « En construction » without saying what is read on pages of a few words only: a small village's single page may
    speak of its school.

    A 503 says by itself that the state is passing (RFC 9110 §15.6.4): such a page proves nothing of the site.
    """
    if landing.status == _PASSING:
        return None
    if len(landing.text) >= SHORT_PAGE or len(landing.internal_links) >= FEW_LINKS:
        return None
    evidence = _seen(_CONSTRUCTION, landing) or _seen(_WAITING, landing, below=FEW_WORDS)
    return absent(SiteStatus.UNDER_CONSTRUCTION, evidence) if evidence else None


def _seen(lexicon: Lexicon, landing: Landing, *, below: int = SHORT_PAGE) -> Evidence | None:
    title = normalise(landing.title)
    found = lexicon.first(title)
    if found:
        return landing.evidence(EvidenceKind.TEXT, landing.title, where=f"title : {found[0].id}")
    if len(landing.text) >= below:
        return None
    found = lexicon.first(landing.text)
    return landing.evidence(EvidenceKind.TEXT, snippet(landing.text, found[1]), where=found[0].id) if found else None
