"""One captured page, read-only: its document, texts and links, parsed once and on demand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import re2
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.contracts.artefacts import ArtefactRef
from services.contracts.capture import PageCapture, RequestRecord
from services.contracts.text import normalise

if TYPE_CHECKING:
    from services.analyzer.lines import Line

MAX_HTML_CHARS = 5_000_000
_INVISIBLE = "script,style,noscript,template,svg,iframe,object,head"
_SPACES = re.compile(r"\s+")
_CUT_WORD = re2.compile(rb"\pL</?(?:a|abbr|b|big|em|font|i|mark|s|small|span|strong|sub|sup|tt|u|wbr)(?:\s[^>]*)?>\pL")
_ORIGIN = re.compile(r"https?://[^/?#]+/", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One anchor. ``url`` is absolute; ``text`` is its normalised label (text, aria-label, title, alt)."""

    url: str
    text: str
    selector: str

    @property
    def path(self) -> str:
        """The normalised path of the target."""
        try:
            return normalise(urlsplit(self.url).path)
        except ValueError:
            return ""


class Document:
    """A parsed HTML document. Never raises on hostile markup; oversized input is cut."""

    def __init__(self, html: str, *, url: str, ref: ArtefactRef | None) -> None:
        self.html = html[:MAX_HTML_CHARS]
        self.url = url
        self.ref = ref
        self.lines: tuple[Line, ...] | None = None
        """Filled by ``lines.lines_of`` when it first reads the document."""

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The parsed tree as sent. Treat as read-only."""
        return LexborHTMLParser(self.html)

    @cached_property
    def base_url(self) -> str:
        """The URL against which links resolve."""
        base = self.tree.css_first("base[href]")
        return _join(self.url, base.attributes.get("href") or "") if base else self.url

    @cached_property
    def title(self) -> str:
        """The text of <title>, spaces collapsed."""
        node = self.tree.css_first("title")
        return _SPACES.sub(" ", node.text()).strip() if node else ""

    @cached_property
    def visible_text(self) -> str:
        """The text a reader can meet (scripts, styles and head removed), original case and accents."""
        tree = LexborHTMLParser(self.html)
        for node in tree.css(_INVISIBLE):
            node.decompose()
        body = tree.body or tree.root
        return " ".join(body.text(separator=" ").split()) if body else ""

    @cached_property
    def text(self) -> str:
        """The visible text, normalised for lexicons."""
        return normalise(self.visible_text)

    @cached_property
    def everything_said(self) -> str:
        """The normalised text and what pictures say instead; where mark-up cuts words, these whole as well.

        Words of neighbouring blocks may run into one another in it: it shows what is nowhere in the document.
        """
        said = [self.text, *(normalise(node.attributes.get("alt") or "") for node in self.tree.css("img[alt]"))]
        body = self.tree.body
        if body is not None and _CUT_WORD.search(self.html.encode("utf-8", "replace")):
            said.append(normalise(body.text(separator="")))
        return " ".join(said)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every anchor and image-map area with a target, in document order."""
        pictures: dict[int, list[str]] = {}
        for image in self.tree.css("a[href] img[alt]"):
            anchor = image.parent
            while anchor is not None and anchor.tag != "a":
                anchor = anchor.parent
            if anchor is not None:
                pictures.setdefault(anchor.mem_id, []).append(image.attributes.get("alt") or "")
        return tuple(self._link(node, pictures.get(node.mem_id, ())) for node in self.tree.css("a[href],area[href]"))

    def section_text(self, selector: str) -> str:
        """Return the normalised text of all elements matched by a CSS selector."""
        return normalise(" ".join(node.text(separator=" ") for node in self.tree.css(selector)))

    def _link(self, node: LexborNode, pictures: Sequence[str]) -> Link:
        attributes = node.attributes
        labels = [node.text(separator=" "), *(attributes.get(name) for name in ("aria-label", "title", "alt"))]
        unique = dict.fromkeys(normalise(label) for label in (*labels, *pictures) if label)
        href = (attributes.get("href") or "").strip()
        return Link(
            url=_join(self.base_url, href),
            text=" ".join(label for label in unique if label),
            selector=f'{node.tag}[href="{href[:120]}"]',
        )


@dataclass(frozen=True, eq=False)
class Page:
    """A captured page with its document, those of its frames, and the requests that it made when rendered.

    ``document`` is None for a page that failed and for one whose artefact is lost or corrupt; ``lost`` tells
    the second case.
    """

    capture: PageCapture
    document: Document | None
    frames: tuple[Document, ...] = ()
    raw: Document | None = None
    requests: tuple[RequestRecord, ...] = ()
    lost: bool = False

    @property
    def url(self) -> str:
        """Where the page was finally read."""
        return self.capture.final_url or self.capture.url

    @property
    def readable(self) -> bool:
        """Whether a successful document was read."""
        return self.capture.readable and self.document is not None

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The page's own document, then those of its frames."""
        return ((self.document,) if self.document else ()) + self.frames

    @cached_property
    def text(self) -> str:
        """The normalised visible text of the page and its frames."""
        return " ".join(document.text for document in self.documents)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of the page and its frames."""
        return tuple(link for document in self.documents for link in document.links)

    @property
    def title(self) -> str:
        """The page's title."""
        return self.document.title if self.document else ""


def _join(base: str, href: str) -> str:
    if href.startswith("/") and not href.startswith("//"):
        # It leads to one place from every page of a site, and a menu stands on all of them.
        origin = _ORIGIN.match(base)
        return _joined(origin[0] if origin else base, href)
    return _joined(base, href)


@lru_cache(maxsize=4096)
def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return href
