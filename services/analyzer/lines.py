"""A document as the lines a reader sees, each in its original case and in the normalised form of lexicons.

Names are recognised by their capitals, wording by lexicons: both forms stand side by side, character by
character.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from selectolax.lexbor import LexborNode

from services.analyzer.page import Document
from services.contracts.hosts import host_of
from services.contracts.text import normalise, normalise_in_place, normalise_lines

_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe", "object", "nav", "select"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "legend", "summary", "caption"})
HEADING_SELECTOR = ",".join(sorted(_HEADINGS))
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
    """One visible line. ``link`` when all of it is one link, ``footer`` when it stands in the page's foot.

    ``plain`` is the normalised form where that is known beforehand, every character in its place.
    """

    text: str
    heading: bool = False
    link: bool = False
    footer: bool = False
    plain: str | None = field(default=None, compare=False, repr=False)

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
        plain = self.plain if self.plain is not None else normalise_in_place(self.text)
        if plain is not None:
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


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    if char == "\u00b4":
        return _APOSTROPHE
    return " " if char.isspace() else normalise(char)


@dataclass(slots=True)
class _Open:
    """An element whose content is being read."""

    block: bool
    heading: bool
    footer: bool
    anchor: bool


@dataclass
class _Builder:
    lines: list[tuple[str, bool, bool, bool]] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    heading: int = 0
    footer: int = 0
    anchor: int = 0

    def add(self, text: str) -> None:
        self.pieces.append((text, self.anchor > 0))

    def break_line(self) -> None:
        if not self.pieces:
            return
        text = " ".join("".join(piece for piece, _ in self.pieces).split())
        if text:
            link = all(linked for piece, linked in self.pieces if piece.strip())
            self.lines.append((text, self.heading > 0, link, self.footer > 0))
        self.pieces.clear()

    def finish(self) -> tuple[Line, ...]:
        """Return the lines. Normalising them together is many times faster than one by one."""
        self.break_line()
        together = normalise_lines([line[0] for line in self.lines])
        return tuple(Line(*line, plain=plain) for line, plain in zip(self.lines, together, strict=True))


def lines_of(document: Document) -> tuple[Line, ...]:
    """Return the visible lines of a document, menus left out. Images count by their alternative text."""
    if document.lines is None:
        document.lines = _read(document)
    return document.lines


def _read(document: Document) -> tuple[Line, ...]:
    builder = _Builder()
    root = document.tree.body or document.tree.root
    # An explicit stack: hostile markup nests deeper than Python recurses.
    stack: list[LexborNode | _Open] = [root] if root else []
    while stack:
        node = stack.pop()
        if isinstance(node, _Open):
            _leave(builder, node)
        elif node.tag == "-text":
            builder.add(node.text_content or "")
        else:
            opened = _enter(builder, node)
            if opened is not None:
                stack.append(opened)
                stack.extend(reversed(list(node.iter(include_text=True))))
    return builder.finish()


def _enter(builder: _Builder, node: LexborNode) -> _Open | None:
    """Note the start of an element and return what is open then; None when its content is not read."""
    tag = node.tag or ""
    if tag in _SKIPPED:
        return None
    if tag == "br":
        builder.break_line()
        return None
    attributes = node.attributes
    if tag == "img":
        builder.add(f" {attributes.get('alt') or ''} ")
        return None
    if attributes.get("role") == "navigation":
        return None
    opened = _Open(
        block=tag in _BLOCKS, heading=tag in _HEADINGS, footer=_is_footer(tag, attributes), anchor=tag == "a"
    )
    if opened.block:
        builder.break_line()
    builder.heading += opened.heading
    builder.footer += opened.footer
    builder.anchor += opened.anchor
    if opened.anchor and not node.text().strip() and not node.css("img[alt]:not([alt=''])"):
        # A logo without alternative text still says where it leads.
        builder.add(f" {host_of(attributes.get('href') or '')} ")
    return opened


def _leave(builder: _Builder, opened: _Open) -> None:
    if opened.block:
        builder.break_line()
    builder.heading -= opened.heading
    builder.footer -= opened.footer
    builder.anchor -= opened.anchor


def _is_footer(tag: str, attributes: Mapping[str, str | None]) -> bool:
    if tag == "body":
        # Themes list on <body> which parts a page has.
        return False
    if tag == "footer" or attributes.get("role") == "contentinfo":
        return True
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
    return names != " " and bool(_FOOTER.search(names))
