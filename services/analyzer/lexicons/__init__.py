"""The lexicons that every page is read for: what towns write, by what it tells. One matcher holds them all."""

from typing import Final

from services.analyzer.lexicon import Lexicon, load_lexicon
from services.analyzer.matcher import Matcher

_NAMES = ("channels", "conformity", "demarches", "support", "teleservices", "topics")

LEXICONS: Final[dict[str, Lexicon]] = {name: load_lexicon(__package__, f"{name}.toml") for name in _NAMES}
MATCHER: Final = Matcher(LEXICONS)
