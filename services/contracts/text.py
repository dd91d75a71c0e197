"""Text normalisation used by every lexicon and link rule: accents, case and typography removed."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
_DASHES = re.compile("[\u2010-\u2015]")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Return the text without accents, ligatures, typographic signs or case, spaces collapsed.

    Idempotent. Every regular expression of a lexicon is written against this form.
    """
    text = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", text))
    # Case folding can itself produce decomposable characters, hence the second pass.
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return _SPACES.sub(" ", text).strip()


def slug(text: str) -> str:
    """Return the words of a place name joined by hyphens, as they appear in host names."""
    return "-".join(re.findall(r"[a-z0-9]+", normalise(text)))
