"""The lexicons of legal notices, compiled once."""

from services.analyzer.lexicon import Lexicon, load_lexicon

ROLES: Lexicon = load_lexicon(__package__, "roles.toml")
WORDING: Lexicon = load_lexicon(__package__, "wording.toml")
PROVIDERS: Lexicon = load_lexicon(__package__, "host_providers.toml")
