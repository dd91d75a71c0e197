"""How French names a place: articles, elision, the long form of an intercommunalité's name. Pure."""

import re

from services.contracts.authorities import Authority, Kind
from services.contracts.text import normalise

_EPCI_FORMS = (
    (re.compile(r"^CC\b\s*", re.IGNORECASE), "Communauté de communes"),
    (re.compile(r"^CA\b\s*", re.IGNORECASE), "Communauté d’agglomération"),
    (re.compile(r"^CU\b\s*", re.IGNORECASE), "Communauté urbaine"),
)
_ARTICLES = (("Le ", "du "), ("Les ", "des "))
_MUTE = "aeiouyh"


def display_name(authority: Authority) -> str:
    """Return the name as a site prints it: « CC du Pays d'Ambert » is a « Communauté de communes »."""
    if authority.kind is Kind.COMMUNE:
        return authority.name
    for pattern, long_form in _EPCI_FORMS:
        if pattern.match(authority.name):
            return f"{long_form} {pattern.sub('', authority.name)}".strip()
    return authority.name


def of_place(name: str) -> str:
    """Return « de » and the name, contracted: « du Mans », « des Mées », « d’Ambert », « de La Rochelle »."""
    for article, contracted in _ARTICLES:
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    if normalise(name)[:1] in _MUTE:
        return f"d’{name}"
    return f"de {name}"


def institution(authority: Authority) -> str:
    """Return what signs the site: « Commune d’Ambert », or the EPCI's own name."""
    if authority.kind is Kind.EPCI:
        return display_name(authority)
    return f"Commune {of_place(authority.name)}"


def town_hall(authority: Authority) -> str:
    """Return what stands at the top of the site: « Mairie d’Ambert », or the EPCI's own name."""
    if authority.kind is Kind.EPCI:
        return display_name(authority)
    return f"Mairie {of_place(authority.name)}"


def with_article(name: str, *, capital: bool = False) -> str:
    """Return an institution as the subject of a sentence: « la commune d’Ambert », names without an article as is."""
    if not name.startswith(("Commune ", "Mairie ", "Communauté ", "Métropole ")):
        return name
    return f"{'La' if capital else 'la'} {name[0].lower()}{name[1:]}"
