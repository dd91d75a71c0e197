"""Whether a town helps with digital services: an offer with its place or hours, or only a word or a link."""

import re2

from services.analyzer.indicator import Finding
from services.analyzer.lexicons import LEXICONS, MATCHER
from services.analyzer.lines import lines_of
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Mention, Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site
from services.contracts.hosts import host_of
from services.contracts.text import normalise
from services.contracts.verdicts import State

SUPPORT = LEXICONS["support"].entries
_NEXT = 3
"""Lines after the one that names an offer, and one before it, in which a place or hours are its own."""
_WHEN_OR_WHERE = re2.compile(
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi)s?\b|\b\d{1,2} ?(?:h|:)(?: ?\d{2})?\b|\bsur rendez-?vous\b"
    r"|\b(?:rue|place|avenue|boulevard|route|chemin|impasse|salle|mairie|mediatheque|bibliotheque|ccas)\b"
    r"|\b0[1-9](?:[ .-]?\d{2}){4}\b"
)


def judge_support(site: Site, kind: str) -> Finding:
    """Return whether the site describes an offer of one kind."""
    return _judge(site, (f"support.{kind}",), "support_absent")


def judge_digital_support(site: Site) -> Finding:
    """Return whether the site describes any offer; help with the site itself is none."""
    return _judge(site, tuple(f"support.{entry.id}" for entry in SUPPORT if entry.id != "help_page"), "support_absent")


def _judge(site: Site, keys: tuple[str, ...], reason: str) -> Finding:
    mentions = [(key, m) for key in keys for m in read_mentions(site).get(key, ())]
    if not mentions:
        return absent(site, reason)
    described = [(key, m) for key, m in mentions if _is_described(m, key)]
    shown = described or mentions
    return Finding(
        state=State.YES if described else State.PARTIAL,
        confidence=0.8 if described else 0.6,
        reasons=() if described else ("mention_only",),
        evidence=tuple(mention_evidence(m, key) for key, m in shown[:3]),
    )


def _is_described(mention: Mention, key: str) -> bool:
    """Whether a mention is a page of its own, or has a place, a telephone or hours beside it."""
    if mention.place is Place.HEADING:
        return True
    if mention.place in (Place.MENU, Place.ADDRESS):
        return mention.link is not None and host_of(mention.link.url) == host_of(mention.page.url)
    lines = [line for line in lines_of(mention.document) if not line.footer]
    words = [normalise(line.text) for line in lines]
    return any(
        not line.link
        and next(MATCHER.terms(key, words[place]), None) is not None
        and _WHEN_OR_WHERE.search(" ".join(words[max(0, place - 1) : place + 1 + _NEXT]))
        for place, line in enumerate(lines)
    )
