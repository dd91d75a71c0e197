"""Text normalisation used by every lexicon and link rule: accents, case and typography removed."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"}
_LIGATURE = re.compile("[" + "".join(_LIGATURES) + "]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
_DASHES = re.compile("[\u2010-\u2015]")
_SPACES = re.compile(r"\s+")
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_ONE_FOR_ONE = {
    **dict.fromkeys("éèêë", "e"),
    **dict.fromkeys("àâä", "a"),
    **dict.fromkeys("îï", "i"),
    **dict.fromkeys("ôö", "o"),
    **dict.fromkeys("ùûü", "u"),
    **dict.fromkeys("\u2018\u2019`", "'"),
    **dict.fromkeys("\u2010\u2011\u2013\u2014", "-"),
    **dict.fromkeys("\u00a0\u202f", " "),
    "ç": "c",
}
_FRENCH = {**_ONE_FOR_ONE, "œ": "oe", "æ": "ae", "…": "..."}
_OTHER = re.compile("[^\x00-\x7f«»€°©®•·×]")
"""Characters that the quick way does not know, but for those that stay as they are."""
_SHORT = 1_000
"""Characters below which splitting a text is quicker than looking for each kind of space."""
_OTHER_SPACES = "\n\t\r\x0b\x0c\x1c\x1d\x1e\x1f"
_RARE = re.compile("[\u0483-\u1fff\u20d0-\u20ff\u2cef-\U0010ffff]")
"""Where the combining characters are that European accents are not among."""


def normalise(text: str) -> str:
    """Return the text without accents, ligatures, typographic signs or case, spaces collapsed.

    Idempotent. Every regular expression of a lexicon is written against this form.
    """
    return _normalise_label(text) if len(text) < _LABEL else _normalise(text)


def _normalise(text: str) -> str:
    plain = _replaced(text, _FRENCH)
    if plain is None:
        return _decomposed(text)
    return plain if _is_spaced_singly(plain) else " ".join(plain.split())


_LABEL = 80
"""Characters of what is met again and again: the entries of a menu stand on every page of a site."""
_normalise_label = lru_cache(maxsize=16_384)(_normalise)


def _decomposed(text: str) -> str:
    """Normalise any text of the world."""
    text = _bare(_LIGATURE.sub(lambda found: _LIGATURES[found[0]], text))
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", text))
    # Case folding can itself produce decomposable characters, hence the second pass.
    text = _bare(text.casefold())
    return _SPACES.sub(" ", text).strip()


def normalise_in_place(text: str) -> str | None:
    """Return what ``normalise`` does, every character in its place, or None where it cannot stay there."""
    plain = _replaced(text, _ONE_FOR_ONE)
    return plain if plain is not None and _is_spaced_singly(plain) else None


def normalise_lines(lines: Sequence[str]) -> Sequence[str | None]:
    """Return ``normalise_in_place`` of each line, whose spaces are single ones, or None for all of them."""
    plain = _replaced("\n".join(lines), _ONE_FOR_ONE)
    return [None] * len(lines) if plain is None or not lines else plain.split("\n")


def _replaced(text: str, table: dict[str, str]) -> str | None:
    """Return a text in lower case with its characters replaced; None where it holds others than French has.

    Nearly every text is French, and replacing is many times faster than decomposing.
    """
    text = text.lower()
    if text.isascii():
        return text.replace("`", "'")
    for char, plain in table.items():
        if char in text:
            text = text.replace(char, plain)
    return None if not text.isascii() and _OTHER.search(text) else text


def _is_spaced_singly(text: str) -> bool:
    """Whether no space of a text can be collapsed. The characters of French and no others are in it."""
    if len(text) < _SHORT:
        return " ".join(text.split()) == text
    return "  " not in text and text[0] != " " and text[-1] != " " and not any(c in text for c in _OTHER_SPACES)


def _bare(text: str) -> str:
    """Return the text decomposed and without combining characters."""
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return "".join(c for c in text if not unicodedata.combining(c)) if _RARE.search(text) else text


def slug(text: str) -> str:
    """Return the words of a place name joined by hyphens, as they appear in host names."""
    return "-".join(re.findall(r"[a-z0-9]+", normalise(text)))
