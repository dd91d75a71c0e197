"""Text normalisation used by every lexicon and link rule: accents, case and typography removed."""

import re
import unicodedata

_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"}
_LIGATURE = re.compile("[" + "".join(_LIGATURES) + "]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
_DASHES = re.compile("[\u2010-\u2015]")
_SPACES = re.compile(r"\s+")
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_RARE = re.compile("[\u0483-\u1fff\u20d0-\u20ff\u2cef-\U0010ffff]")
"""Where the combining characters are that European accents are not among."""


def normalise(text: str) -> str:
    """Return the text without accents, ligatures, typographic signs or case, spaces collapsed.

    Idempotent. Every regular expression of a lexicon is written against this form.
    """
    if text.isascii():
        return " ".join(text.replace("`", "'").lower().split())
    text = _bare(_LIGATURE.sub(lambda found: _LIGATURES[found[0]], text))
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", text))
    # Case folding can itself produce decomposable characters, hence the second pass.
    text = _bare(text.casefold())
    return _SPACES.sub(" ", text).strip()


def _bare(text: str) -> str:
    """Return the text decomposed and without combining characters."""
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return "".join(c for c in text if not unicodedata.combining(c)) if _RARE.search(text) else text


def slug(text: str) -> str:
    """Return the words of a place name joined by hyphens, as they appear in host names."""
    return "-".join(re.findall(r"[a-z0-9]+", normalise(text)))
