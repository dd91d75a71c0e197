"""Many patterns against a text in one pass, in time that is linear in the text whatever it says.

RE2 compiles all patterns to one automaton. It has no look-around and no back-reference, and so nothing for a hostile
page to make it try again.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

import re2

from services.analyzer.lexicon import Entry, Lexicon

_MEMORY = 256 << 20
"""Bytes that the automaton may grow to; beyond it starts anew, which is slower and never wrong."""


class Matcher:
    """Lexicons by name. An entry is known by ``<lexicon>.<id>``."""

    def __init__(self, lexicons: Mapping[str, Lexicon]) -> None:
        self.entries: dict[str, Entry] = {
            f"{name}.{entry.id}": entry for name, lexicon in lexicons.items() for entry in lexicon.entries
        }
        self._keys = tuple(self.entries)
        self._located: dict[str, re2._Regexp[str]] = {}

    @cached_property
    def _automaton(self) -> "re2.Set":
        options = re2.Options()
        options.max_mem = _MEMORY
        automaton = re2.Set.SearchSet(options)
        for entry in self.entries.values():
            automaton.Add(_bounded(entry.expression))
        automaton.Compile()
        return automaton

    def matches(self, text: str) -> frozenset[str]:
        """Return the entries that match normalised text."""
        return frozenset(self._keys[place] for place in self._automaton.Match(_sound(text)) or ())

    def terms(self, key: str, text: str, *, weak: bool = False) -> Iterator[tuple[int, int]]:
        """Yield where an entry matches normalised text, in order; with its weak words too, if wanted."""
        entry = self.entries[key]
        expression = f"{entry.expression}|{entry.weak}" if weak and entry.weak else entry.expression
        if expression not in self._located:
            self._located[expression] = re2.compile(_bounded(expression))
        for match in self._located[expression].finditer(_sound(text)):
            yield match.span()


def _sound(text: str) -> str:
    """Return the text without halves of characters, which UTF-8 cannot say; every other one stays in its place."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _bounded(expression: str) -> str:
    return rf"\b(?:{expression})\b"
