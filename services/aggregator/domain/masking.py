"""Personal data of agents in what is published: direct e-mail addresses and mobile phones are cut out. Pure."""

import re

from services.contracts.verdicts import Evidence

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+(?=@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)33[\s.-]?(?:\(0\))?[\s.-]?|0)[67](?:[\s.-]?\d{2}){4}(?!\d)")
_OF_THE_TOWN = re.compile(
    r"(?:mairie|contact|accueil|secretariat|commune|ville|info|communaute|cc|administration|urbanisme|etat-?civil)[\w.-]*",
    re.IGNORECASE,
)
_NAMING = frozenset({"legal_director"})
"""Indicators whose evidence is the name of a person."""
_NAMED = "une personne est nommée sur cette page"


def mask(text: str) -> str:
    """Return a text without the local parts of personal e-mail addresses and without mobile phone numbers.

    The addresses of services (« mairie@… ») stay: they are how the public writes to the town.
    """
    text = _EMAIL.sub(lambda found: found[0] if _OF_THE_TOWN.fullmatch(found[0]) else "…", text)
    return _MOBILE.sub("06 …", text)


def masked(evidence: Evidence, indicator: str) -> Evidence:
    """Return a piece of evidence as it may be published."""
    snippet = _NAMED if indicator in _NAMING and evidence.kind in ("text", "dom") else mask(evidence.snippet)
    url = mask(evidence.url) if evidence.url else None
    return evidence.model_copy(update={"snippet": snippet, "url": url})
