"""Whether a site can be read without a browser: the document as sent says what the browser shows."""

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser

from services.contracts.text import normalise

MIN_CHARS = 200
"""Normalised characters of text under which a document says nothing by itself."""
MIN_RECALL = 0.5
"""Share of the shown words that must stand in the document as sent."""
_MAX_CHARS = 5_000_000
_UNREAD = "script,style,noscript,template,svg,iframe,object,head"
_WORDS = re.compile(r"[a-z0-9]{3,}")
_SHELLS = re.compile(
    r"""<div[^>]{1,200}\bid=["']?(?:root|app|__next|__nuxt|svelte|main-app|gatsby|ember|q-app)["'\s>]"""
    r"""|<app-root|\bng-app\b|enable javascript|activer javascript|javascript (?:est )?(?:desactive|requis)"""
    r"""|requires? javascript""",
    re.IGNORECASE,
)


def visible_text(html: str) -> str:
    """Return a document's text without scripts, styles and head, normalised."""
    return normalise(_text(html))


def _text(html: str) -> str:
    tree = LexborHTMLParser(html[:_MAX_CHARS])
    for node in tree.css(_UNREAD):
        node.decompose()
    body = tree.body
    return body.text(separator=" ") if body else ""


def _says_something(html: str) -> bool:
    """Whether the visible text has MIN_CHARS normalised characters; the start of a long one is enough to tell."""
    text = " ".join(_text(html).split())
    return len(normalise(text[: 4 * MIN_CHARS])) >= MIN_CHARS or len(normalise(text)) >= MIN_CHARS


def word_recall(shown: str, sent: str) -> float:
    """Return the share of the words of ``shown`` (with repetition) that ``sent`` also has; 1 without words."""
    wanted = Counter(_WORDS.findall(shown))
    total = wanted.total()
    return (wanted & Counter(_WORDS.findall(sent))).total() / total if total else 1.0


def readable_without_browser(sent: str | None, shown: str) -> bool:
    """Whether the document as sent carries enough of what the browser shows (both HTML)."""
    if sent is None or is_frameset(sent):
        return False
    sent_text = visible_text(sent)
    return len(sent_text) >= MIN_CHARS and word_recall(visible_text(shown), sent_text) >= MIN_RECALL


def needs_browser(html: str) -> bool:
    """Whether one page looks like a shell that only a browser fills: next to no text, and scripts that make it."""
    if is_frameset(html):
        return True
    if _says_something(html):
        return False
    return bool(_SHELLS.search(html)) or html.lower().count("<script") >= 3


def is_frameset(html: str) -> bool:
    """Whether the document is a frameset: its text is elsewhere."""
    return re.search(r"<frameset[\s>]", html[:100_000], re.IGNORECASE) is not None
