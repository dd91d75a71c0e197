"""Many patterns against a text in one pass, in time that is linear in the text whatever it says.

RE2 compiles all patterns to one automaton. It has no look-around and no back-reference, and so nothing for a hostile
page to make it try again.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import re2

from services.analyzer.lexicon import Entry, Lexicon

_PIECES = re.compile(r"\\.|\(\?<?[=!]|.", re.DOTALL)
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


class Sieve:
    """Tells which entries of a lexicon may match somewhere in a text: none that does is left out.

    Look-around, which one automaton cannot do, is taken as met, and so are the bounds of words.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._ids = tuple(entry.id for entry in lexicon.entries)
        self._expressions = tuple(without_lookaround(entry.expression) for entry in lexicon.entries)
        self._located: dict[str, re2._Regexp[str]] = {}

    @cached_property
    def _automaton(self) -> "re2.Set":
        options = re2.Options()
        options.max_mem = _MEMORY
        automaton = re2.Set.SearchSet(options)
        for expression in self._expressions:
            automaton.Add(expression)
        automaton.Compile()
        return automaton

    def lines(self, ids: Iterable[str], texts: Sequence[str]) -> list[int]:
        """Return the places, in order, of the normalised texts that an entry of these ids may match."""
        wanted = "|".join(f"(?:{self._expressions[self._ids.index(id_)]})" for id_ in ids)
        if wanted not in self._located:
            self._located[wanted] = re2.compile(wanted)
        joined, starts, found = _sound("\n".join(texts)), [0], set[int]()
        for text in texts:
            starts.append(starts[-1] + len(text) + 1)
        for match in self._located[wanted].finditer(joined):
            first = bisect_right(starts, match.start()) - 1
            # What is left out of a pattern may let a match run on over the ends of texts.
            found.update(range(first, max(first + 1, bisect_left(starts, match.end()))))
        return sorted(found)

    def candidates(self, text: str) -> frozenset[str]:
        """Return the ids of the entries that may match normalised text."""
        return frozenset(self._ids[place] for place in self._automaton.Match(_sound(text)) or ())


def without_lookaround(expression: str) -> str:
    """Return a regular expression with its look-ahead and look-behind taken out; it matches wherever it did."""
    kept, depth, inside, skipped = "", 0, False, 0
    for piece in _PIECES.findall(expression):
        if not inside and piece == "[":
            inside = True
        elif inside and piece == "]":
            inside = False
        elif not inside and piece.startswith("("):
            depth += 1
            if piece != "(" and not skipped:
                skipped = depth
        elif not inside and piece == ")":
            depth -= 1
            if skipped > depth:
                skipped = 0
                continue
        if not skipped:
            kept += piece
    return kept


def _sound(text: str) -> str:
    """Return the text without halves of characters, which UTF-8 cannot say; every other one stays in its place."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _bounded(expression: str) -> str:
    return rf"\b(?:{expression})\b"
