"""Sites that are somebody else's: taken over by spam, or another entity's."""

from services.analyzer.classification.identity import LIKELY, SURE, Identity
from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, absent, unseen
from services.analyzer.classification.names import names_of
from services.analyzer.evidence import plan_evidence
from services.analyzer.lexicon import load_lexicon
from services.contracts.authorities import Kind
from services.contracts.reasons import Reason
from services.contracts.text import normalise
from services.contracts.verdicts import Evidence, EvidenceKind

_SPAM = load_lexicon(__package__, "spam.toml")
_MUNICIPAL = load_lexicon(__package__, "municipal.toml")
_OTHERS = load_lexicon(__package__, "other_entities.toml")
_SPAM_ON_PAGE = 4
_SPAM_IN_TITLE = 2
_PLAUSIBLE = 4
_OWNER_TYPES = {Kind.COMMUNE: "communaute d", Kind.EPCI: "mairie d"}


def hijacked(landing: Landing, identity: Identity | None) -> Classification | None:
    """Return ``hijacked`` for a page full of spam vocabulary that shows little of the authority.

    A spa town's municipal casino is excluded by the identity score.
    """
    if identity is None or identity.score >= LIKELY or not landing.successful:
        return None
    on_page = [entry.id for entry, _ in _SPAM.matches(f"{normalise(landing.title)} {landing.text}")]
    in_title = [entry.id for entry, _ in _SPAM.matches(normalise(landing.title))]
    if len(on_page) < _SPAM_ON_PAGE and len(in_title) < _SPAM_IN_TITLE:
        return None
    shown = f"{landing.title} (vocabulaire : {', '.join(on_page)})"
    evidence = landing.evidence(EvidenceKind.TEXT, shown, where="spam")
    return absent(SiteStatus.HIJACKED, evidence, *_score(landing, identity), reasons=identity.cues)


def another_entity(landing: Landing, identity: Identity) -> Classification | None:
    """Return ``wrong_entity`` when the site is not the authority's, undetermined when that is not sure.

    A score of 1 or 2 is a partial identity: a real town whose name was misspelt, whose telephone changed, whose
    home page is a picture, scores as much as a stranger does. Calling it another's would harm a real town and
    drop it from every statistic, so it stays undetermined as long as the page reads like a town hall's and its
    title names nobody else. The same holds at 0 when a part of the name stands in the title or the host: a merged
    commune often keeps the site of one of its former communes. Otherwise 0 or less is a finding, and so are another
    owner's name in the title, and a namesake of another département of which nothing contradicts the address.
    """
    if identity.score >= LIKELY and not identity.homonym:
        return None
    proofs = _score(landing, identity)
    if identity.homonym and identity.score < SURE:
        return absent(SiteStatus.WRONG_ENTITY, *proofs, confidence=0.8, reasons=("homonym", *identity.cues))
    if identity.homonym:
        return None
    other = _other_owner(landing)
    partial = identity.score > 0 or (identity.score == 0 and _part_of_the_name(landing))
    if partial and other is None and _plausible(landing):
        return unseen(Reason.IDENTITY_UNCERTAIN, *proofs, reasons=identity.cues)
    reasons = ((f"title_{other}",) if other else ()) + identity.cues
    return absent(SiteStatus.WRONG_ENTITY, *proofs, confidence=0.8, reasons=reasons)


def _other_owner(landing: Landing) -> str | None:
    """Return whose site the title says this is, when it is not the authority's, or None."""
    title = normalise(landing.title)
    authority = landing.site.authority
    if _OWNER_TYPES[authority.kind] in title and not names_of(authority).titled.search(title):
        return "collectivity"
    found = _OTHERS.first(title)
    return found[0].id if found else None


def _part_of_the_name(landing: Landing) -> bool:
    parts = names_of(landing.site.authority).parts
    return parts is not None and parts.search(f"{normalise(landing.title)} {landing.host}") is not None


def _plausible(landing: Landing) -> bool:
    """Whether the page, its menus included, reads like a town hall's."""
    words = " ".join([landing.text, *(link.text for link in landing.links)])
    return sum(1 for _ in _MUNICIPAL.matches(words)) >= _PLAUSIBLE


def _score(landing: Landing, identity: Identity) -> tuple[Evidence, ...]:
    """Return the title that was read, every cue of the identity score, and the pages that were searched for them."""
    shown = f"score d'identité {identity.score} ; titre : {landing.title or 'aucun'}"
    title = landing.evidence(EvidenceKind.TEXT, shown, where="title")
    return (title, *identity.evidence, plan_evidence(landing.site))
