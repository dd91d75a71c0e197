"""Telling a name in the text of a notice: by its place after the role, its capitals, and known companies.

A host may be any company of France: it is recognised by structure, not by a list. The list of hosting
companies only helps where the sentence is unusual.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.analyzer.legal.lexicons import PROVIDERS, WORDING
from services.analyzer.lines import Line
from services.contracts.text import normalise


class Role(StrEnum):
    """Whom a legal notice must name."""

    EDITOR = "editor"
    DIRECTOR = "director"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as printed, and the normalised text from it to the end of its paragraph."""

    text: str
    rest: str


_LEAD = re.compile(rf"(?:[^\w\[{{<]|(?:{WORDING['connector'].pattern.pattern}))*")
_UNFILLED = re.compile(r"[\[{<]|_{3}|\.{3}")
_BREAK = re.compile(
    r"[,;:|()\u2022]| [-/] |(?<!\bm)(?<!\bmr)(?<!\bmm)\. |\.$| \d{5}\b"
    r"| (?:dont|situee?s?|sises?|domiciliee?s?|au capital|immatricule|rcs|siret|siren|tel|telephone|adresse|est|qui|"
    r"basee?|ayant|joignable|https?|www)\b"
    r"| \d{1,4}(?:-\d{1,4})?,? (?:bis |ter )?"
    r"(?:rue|avenue|av|boulevard|bd|place|chemin|route|allee|impasse|quai|cours)\b"
)
_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,12}(?![\w@])")
_FIELD = re.compile(r"(?:adresse|tel|telephone|siege|coordonnees|contact|raison|denomination|nom|site)\b")
_LABEL_END = re.compile(r"\W*:")
_MAX_NAME = 80
_SHORT_NAME_WORDS = 3
_NEAR = 60


def name_after(paragraph: tuple[Line, ...], role: Role, *, heading: bool) -> Name | None:
    """Return who is named in the paragraph that follows a role's wording, or None.

    The first words that are not mere connectors decide: a proper name, or what the role accepts without a
    capital. ``heading`` says that the wording is a title, whose own end may be ignored.
    """
    for index, line in enumerate(paragraph):
        start = lead_end(line.normal)
        if start >= len(line.normal):
            continue
        name = _accepted(line, start, role)
        if not name and not index and _LABEL_END.match(line.normal):
            name = _short_name(line, start)
        if name:
            following = " ".join(other.normal for other in paragraph[index + 1 :])
            return Name(name, f"{line.normal[start:]} {following}".rstrip())
        if index or not heading or _is_unfilled(line.normal[start:]):
            break
    return _known_host(paragraph) if role is Role.HOST else None


def name_before(line: Line, end: int, role: Role) -> str | None:
    """Return who is named just before the wording (« Mme X, maire, directrice de la publication »), or None."""
    start = max(0, end - _NEAR)
    before = line.normal[start:end]
    if role is Role.HOST:
        found = PROVIDERS.first(before)
        return line.original(start + found[1].start(), start + found[1].end()) if found else None
    if role is Role.DIRECTOR and WORDING["function"].search(before):
        return line.original(start, end).strip(" ,:;-–") or None
    return None


def is_self(name: str) -> bool:
    """Whether the host named is the town itself."""
    return bool(WORDING["self"].pattern.match(normalise(name)))


def is_field_label(line: Line) -> bool:
    """Whether a line is the label of a field of the same paragraph (« Adresse », « Téléphone »)."""
    return bool(_FIELD.match(line.normal))


def lead_end(text: str) -> int:
    """Return where the connectors at the start of normalised text end."""
    match = _LEAD.match(text)
    return match.end() if match else 0


def _accepted(line: Line, start: int, role: Role) -> str | None:
    """Return the name that starts there, when the role accepts it."""
    text = line.normal[start:]
    if _is_unfilled(text):
        return None
    stop = _BREAK.search(text)
    end = start + min(stop.start() if stop else len(text), _MAX_NAME)
    name = line.original(start, end).strip(" .'\"«»*–-")
    if role is Role.HOST:
        domain = _DOMAIN.match(text)
        if domain:
            return line.original(start, start + domain.end())
        if _is_host(text, line.normal[:start]):
            return name or line.original(start, start + _MAX_NAME)
    if role is Role.EDITOR and WORDING["public_body"].pattern.match(text):
        return name
    if role is Role.DIRECTOR and WORDING["function"].search(text[:_NEAR]):
        return name or line.original(start, start + _MAX_NAME)
    return name if _is_proper(name) else None


def _short_name(line: Line, start: int) -> str | None:
    """Return what a label such as « hébergeur : » is answered with in a few words, a name without capitals."""
    text = line.normal[start:]
    name = _BREAK.split(text, maxsplit=1)[0].strip()
    if _is_unfilled(text) or not 1 <= len(name.split()) <= _SHORT_NAME_WORDS or not name[0].isalpha():
        return None
    if WORDING["not_a_name"].search(name) or WORDING["generic"].search(name):
        return None
    return line.original(start, start + len(name))


def _is_host(text: str, lead: str) -> bool:
    """Whether the text starts with a known company or the town itself (« par la mairie », « en interne »)."""
    itself = WORDING["self"].pattern.match(text) or (lead.endswith("en ") and text.startswith("interne"))
    return bool(itself or PROVIDERS.first(text[:_NEAR]))


def _is_proper(name: str) -> bool:
    if len(name) < 2 or WORDING["not_a_name"].pattern.match(normalise(name)):
        return False
    first = name.split(maxsplit=1)[0]
    return first[0].isupper() or (first[0].isdigit() and any(char.isalpha() for char in first))


def _is_unfilled(text: str) -> bool:
    return bool(_UNFILLED.match(text) or WORDING["placeholder"].search(text[:_NEAR]))


def _known_host(paragraph: tuple[Line, ...]) -> Name | None:
    """Return a hosting company named anywhere in the paragraph."""
    for index, line in enumerate(paragraph):
        found = PROVIDERS.first(line.normal)
        if found:
            start, end = found[1].span()
            following = " ".join(other.normal for other in paragraph[index + 1 :])
            return Name(line.original(start, end), f"{line.normal[start:]} {following}".rstrip())
    return None
