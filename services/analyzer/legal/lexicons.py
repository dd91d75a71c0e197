"""The lexicons of legal notices, compiled once."""

from services.analyzer.lexicon import Lexicon, load_lexicon
from services.analyzer.matcher import Sieve

ROLES: Lexicon = load_lexicon(__package__, "roles.toml")
WORDING: Lexicon = load_lexicon(__package__, "wording.toml")
PROVIDERS: Lexicon = load_lexicon(__package__, "host_providers.toml")
ROLES_SIEVE = Sieve(ROLES)
