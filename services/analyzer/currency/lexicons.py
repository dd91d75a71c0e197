"""The wording of dates and acts, compiled once."""

from services.analyzer.lexicon import Lexicon, load_lexicon

WORDING: Lexicon = load_lexicon(__package__, "wording.toml")
