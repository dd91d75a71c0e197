"""The criteria as data: what each one fails on, and the groups that ANCT publishes."""

import re
import tomllib
from functools import cache, cached_property
from importlib.resources import files

from services.contracts.model import Record


class Criterion(Record):
    """One criterion; it fails on any of its ``issues``. ``essential`` as the public page says."""

    ref: str
    title: str
    source: str
    essential: bool
    issues: tuple[str, ...]


class Official(Record):
    """A host to which, or below which, a declared address may lead."""

    host: str
    source: str


class Patterns(Record):
    """The regular expressions that ANCT's code holds declared addresses to."""

    email_domain: str
    website: str


class Rpnt(Record):
    """One version of the référentiel."""

    version: str
    source: str
    official: tuple[Official, ...]
    most_official_hops: int
    patterns: Patterns
    groups: dict[str, tuple[str, ...]]
    criteria: tuple[Criterion, ...]

    @cached_property
    def email_domain(self) -> re.Pattern[str]:
        """The shape of a domain that an e-mail address may have."""
        return re.compile(self.patterns.email_domain)

    @cached_property
    def website(self) -> re.Pattern[str]:
        """The shape of a declared address."""
        return re.compile(self.patterns.website)


@cache
def load_rpnt() -> Rpnt:
    """Return the version of the référentiel that is applied."""
    text = files(__package__).joinpath("rpnt.toml").read_text(encoding="utf-8")
    return Rpnt.model_validate(tomllib.loads(text))
