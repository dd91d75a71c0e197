"""Lexicons: French wording as TOML data, compiled once.

A lexicon is a TOML file beside its rule::

    [[entry]]
    id = "director"                # unique in the file
    pattern = "directeurs? de (?:la )?publication"   # against contracts.text.normalise()
    source = "LCEN, art. 1-1"      # why it is there
    examples = ["Directeur de la publication : Mme Durand"]
    counter_examples = ["directeur de l'école"]

Patterns are searched on word boundaries of normalised text.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from services.contracts.text import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One pattern of a lexicon, with the examples that prove it.

    ``expression`` is the pattern as the file writes it. ``label`` is what the public reads; ``weak`` is a further
    pattern that counts in running text only, where a heading or a menu entry would say too little.
    """

    id: str
    pattern: re.Pattern[str]
    source: str
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...] = ()
    expression: str = ""
    label: str = ""
    weak: str | None = None

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match in normalised text."""
        return self.pattern.search(text)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A compiled lexicon file."""

    name: str
    entries: tuple[Entry, ...]

    def __getitem__(self, entry_id: str) -> Entry:
        """Return an entry by its id. Raises KeyError."""
        for entry in self.entries:
            if entry.id == entry_id:
                return entry
        raise KeyError(f"{self.name} has no entry {entry_id!r}")

    def first(self, text: str) -> tuple[Entry, re.Match[str]] | None:
        """Return the first entry that matches normalised text, with its match."""
        return next(self.matches(text), None)

    def matches(self, text: str) -> Iterator[tuple[Entry, re.Match[str]]]:
        """Yield every entry that matches normalised text, in file order, with its first match."""
        for entry in self.entries:
            match = entry.search(text)
            if match:
                yield entry, match


def load_lexicon(package: str, filename: str) -> Lexicon:
    """Load and compile a lexicon that ships in a package. Raises on an entry without source or example."""
    table = tomllib.loads(files(package).joinpath(filename).read_text(encoding="utf-8"))
    return Lexicon(
        filename,
        tuple(
            Entry(
                id=row["id"],
                pattern=re.compile(rf"(?<!\w)(?:{row['pattern']})(?!\w)"),
                source=row["source"],
                examples=tuple(row["examples"]),
                counter_examples=tuple(row.get("counter_examples", ())),
                expression=row["pattern"],
                label=row.get("label", ""),
                weak=row.get("weak"),
            )
            for row in table["entry"]
        ),
    )


def snippet(text: str, match: re.Match[str], *, around: int = 120) -> str:
    """Return the match with its surroundings, 300 characters at most."""
    start, end = max(0, match.start() - around), match.end() + around
    return text[start:end].strip()[:300]


__all__ = ["Entry", "Lexicon", "load_lexicon", "normalise", "snippet"]
