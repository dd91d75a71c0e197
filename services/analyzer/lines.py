"""A document as the lines a reader sees, each in its original case and in the normalised form of lexicons.

Names are recognised by their capitals, wording by lexicons: both forms stand side by side, character by
character.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from selectolax.lexbor import LexborNode

from services.analyzer.page import Document
from services.contracts.hosts import host_of
from services.contracts.text import normalise

_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe", "object", "nav", "select"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "legend", "summary", "caption"})
_BLOCKS = _HEADINGS | frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "ol", "p", "pre", "section"}
    | {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
_FOOTER = re.compile(
    r"(?:^|\s)(?:(?:site|page|main|global|l|et|colophon)[-_])?(?:footer|pied(?:[-_]?(?:de[-_]?)?page)?|bas[-_]?de[-_]?page)"
    r"(?:[-_][\w-]+)?(?=\s|$)",
    re.IGNORECASE,
)
_APOSTROPHE = "'"


@dataclass(frozen=True)
class Line:
    """One visible line. ``link`` when all of it is one link, ``footer`` when it stands in the page's foot."""

    text: str
    heading: bool = False
    link: bool = False
    footer: bool = False

    @cached_property
    def normal(self) -> str:
        """The normalised form, for lexicons."""
        return self._aligned[0]

    def original(self, start: int, end: int | None = None) -> str:
        """Return the original text behind a span of the normalised form, which may reach beyond its end."""
        positions = self._aligned[1]
        stop = len(positions) if end is None else min(end, len(positions))
        if start >= stop:
            return ""
        return self.text[positions[start] : positions[stop - 1] + 1]

    @cached_property
    def _aligned(self) -> tuple[str, Sequence[int]]:
        plain = self.text.translate(_FOLDED)
        if len(plain) == len(self.text) and "  " not in plain:
            # Most lines: one character stands for one.
            return plain, range(len(plain))
        folded: list[str] = []
        positions: list[int] = []
        for index, char in enumerate(self.text):
            piece = _fold(char)
            if piece == " " and (not folded or folded[-1] == " "):
                continue
            folded.extend(piece)
            positions.extend([index] * len(piece))
        return "".join(folded), tuple(positions)


class _Folded(dict[int, str]):
    """Each character as lexicons read it, learned as it is met; there are few of them in French."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < _MOST_LEARNED:
            self[code] = folded
        return folded


_MOST_LEARNED = 10_000
_FOLDED = _Folded()


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    if char == "\u00b4":
        return _APOSTROPHE
    return " " if char.isspace() else normalise(char)


@dataclass
class _Builder:
    lines: list[Line] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    heading: int = 0
    footer: int = 0
    anchor: int = 0

    def add(self, text: str) -> None:
        self.pieces.append((text, self.anchor > 0))

    def break_line(self) -> None:
        text = " ".join("".join(piece for piece, _ in self.pieces).split())
        if text:
            link = all(linked for piece, linked in self.pieces if piece.strip())
            self.lines.append(Line(text, heading=self.heading > 0, link=link, footer=self.footer > 0))
        self.pieces.clear()


def lines_of(document: Document) -> tuple[Line, ...]:
    """Return the visible lines of a document, menus left out. Images count by their alternative text."""
    if document.lines is None:
        document.lines = _read(document)
    return document.lines


def _read(document: Document) -> tuple[Line, ...]:
    builder = _Builder()
    root = document.tree.body or document.tree.root
    # An explicit stack: hostile markup nests deeper than Python recurses.
    stack: list[tuple[LexborNode, bool]] = [(root, False)] if root else []
    while stack:
        node, leaving = stack.pop()
        if leaving:
            _leave(builder, node)
        elif node.tag == "-text":
            builder.add(node.text(deep=False) or "")
        elif _enter(builder, node):
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
    builder.break_line()
    return tuple(builder.lines)


def _enter(builder: _Builder, node: LexborNode) -> bool:
    """Note the start of an element; False when its content is not read."""
    tag = node.tag or ""
    if tag in _SKIPPED or node.attributes.get("role") == "navigation":
        return False
    if tag == "br":
        builder.break_line()
        return False
    if tag == "img":
        builder.add(f" {node.attributes.get('alt') or ''} ")
        return False
    if tag in _BLOCKS:
        builder.break_line()
    builder.heading += tag in _HEADINGS
    builder.footer += _is_footer(node)
    builder.anchor += tag == "a"
    if tag == "a" and not node.text().strip() and not node.css("img[alt]:not([alt=''])"):
        # A logo without alternative text still says where it leads.
        builder.add(f" {host_of(node.attributes.get('href') or '')} ")
    return True


def _leave(builder: _Builder, node: LexborNode) -> None:
    tag = node.tag or ""
    if tag in _BLOCKS:
        builder.break_line()
    builder.heading -= tag in _HEADINGS
    builder.footer -= _is_footer(node)
    builder.anchor -= tag == "a"


def _is_footer(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag == "body":
        # Themes list on <body> which parts a page has.
        return False
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
    return node.tag == "footer" or attributes.get("role") == "contentinfo" or bool(_FOOTER.search(names))
