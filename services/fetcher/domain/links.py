"""The links of a page with the words a reader has for them (indicators reference, section 2.1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.contracts.text import normalise

MAX_LINKS = 3_000
MAX_TEXT = 200
_MAX_CHARS = 5_000_000
_LINKS = "a[href],area[href],frame[src],button[onclick],input[onclick],option[value]"
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "dt", "figcaption", "summary"})
_GENERIC = re.compile(
    r"(?:ici|cliquez ici|cliquer ici|en savoir plus|en savoir \+|savoir plus|lire la suite|lire plus|lire|voir"
    r"|voir plus|voir la page|acceder|acces|acceder a la page|suite|la suite|plus|plus d'infos?|plus d'informations?"
    r"|decouvrir|consulter|details?|lien|page|>+|»|\+|\.\.\.|…)"
)
_SCRIPTED = re.compile(r"""(?:location(?:\.href)?\s*=|window\.open\(|location\.assign\()\s*['"]([^'"]{1,2000})['"]""")
_TOKENS = re.compile(r"[/_.?&=+-]+")


@dataclass(frozen=True, slots=True)
class Link:
    """One link: absolute URL, normalised label, the path's words, and whether it stands in a navigation block."""

    url: str
    text: str
    path: str
    navigation: bool = False


def page_links(documents: Iterable[tuple[str, str]]) -> tuple[Link, ...]:
    """Return the http links of a page and its frames, given as (URL, HTML), in document order.

    Never raises on hostile markup; at most MAX_LINKS links. An empty or generic label ("cliquez ici")
    takes the nearest preceding heading in front of it.
    """
    found: list[Link] = []
    for url, html in documents:
        tree = LexborHTMLParser(html[:_MAX_CHARS])
        base = tree.css_first("base[href]")
        root = _join(url, base.attributes.get("href") or "") if base else url
        found += _document_links(tree, root or url, MAX_LINKS - len(found))
        if len(found) >= MAX_LINKS:
            break
    return tuple(found)


def _document_links(tree: LexborHTMLParser, base: str, limit: int) -> list[Link]:
    headings = ",".join(sorted(_HEADINGS))
    found: list[Link] = []
    heading = ""
    for node in tree.css(f"{_LINKS},{headings}"):
        if node.tag in _HEADINGS:
            heading = normalise(node.text(separator=" "))[:MAX_TEXT]
            continue
        url = _join(base, _target(node))
        if url is None:
            continue
        label = _label(node)
        if not label or _GENERIC.fullmatch(label):
            label = f"{heading} {label}".strip()
        found.append(Link(url=url, text=label[:MAX_TEXT], path=path_words(url), navigation=_in_navigation(node)))
        if len(found) >= limit:
            break
    return found


def path_words(url: str) -> str:
    """Return a URL's path and query as normalised words separated by hyphens: ``mentions-legales-html``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    text = normalise(unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path)).replace(" ", "-")
    return _TOKENS.sub("-", text).strip("-")


def _target(node: LexborNode) -> str:
    attributes = node.attributes
    if node.tag == "frame":
        return attributes.get("src") or ""
    if node.tag == "option":
        value = attributes.get("value") or ""
        return value if value.startswith(("/", "http:", "https:")) else ""
    if node.tag in ("button", "input"):
        match = _SCRIPTED.search(attributes.get("onclick") or "")
        return match[1] if match else ""
    href = attributes.get("href") or ""
    if href.strip().lower().startswith(("javascript:", "#")) or not href.strip():
        match = _SCRIPTED.search(href) or _SCRIPTED.search(attributes.get("onclick") or "")
        return match[1] if match else ""
    return href


def _label(node: LexborNode) -> str:
    attributes = node.attributes
    parts = [node.text(separator=" ")]
    parts += [
        attributes.get(name) or "" for name in ("aria-label", "title", "alt", "name" if node.tag == "frame" else "")
    ]
    if node.tag == "input":
        parts.append(attributes.get("value") or "")
    parts += [image.attributes.get("alt") or image.attributes.get("title") or "" for image in node.css("img,svg")]
    unique = dict.fromkeys(normalise(part) for part in parts)
    return " ".join(part for part in unique if part)


def _in_navigation(node: LexborNode) -> bool:
    parent = node.parent
    for _ in range(12):
        if parent is None or parent.tag in ("body", "html"):
            return False
        attributes = parent.attributes
        marks = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
        if parent.tag == "nav" or attributes.get("role") in ("navigation", "menubar", "menu"):
            return True
        if re.search(r"(?:^|[\s_-])(?:menu|nav|navbar|navigation)", marks):
            return True
        parent = parent.parent
    return False


def _join(base: str, href: str) -> str | None:
    if not href.strip() or len(href) > 4000:
        return None
    try:
        url = urljoin(base, href.strip())
        return url if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname else None
    except ValueError:
        return None
