"""Whether a telephone is served the same page as a computer: the same words, at the same address."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from services.contracts.hosts import host_of
from services.contracts.text import normalise

_NOT_MAIN = "script,style,noscript,template,svg,head,nav,[role=navigation],dialog,[role=dialog]"
_WORD = re.compile(r"[a-z0-9]{2,}")
_MOBILE_HOST = re.compile(r"^(?:m|mobile|mobi|wap)\.")
_MOBILE_PATH = re.compile(r"/(?:mobile|m|mobi)(?:/|$)")
_MOBILE_QUERY = re.compile(r"(?:^|&)(?:mobile|m)=1(?:&|$)")


def main_words(html: str) -> frozenset[str]:
    """Return the words of a document without its scripts, navigation and dialogs, normalised."""
    tree = LexborHTMLParser(html)
    for node in tree.css(_NOT_MAIN):
        node.decompose()
    body = tree.body or tree.root
    return frozenset(_WORD.findall(normalise(body.text(separator=" ")))) if body else frozenset()


def words(text: str) -> frozenset[str]:
    """Return the words of normalised text."""
    return frozenset(_WORD.findall(text))


def recall(wanted: frozenset[str], found: frozenset[str]) -> float:
    """Return the share of the wanted words that are found, 1.0 when none is wanted."""
    return len(wanted & found) / len(wanted) if wanted else 1.0


def mobile_address(mobile_url: str, desktop_url: str) -> str | None:
    """Return the mark of a separate mobile site in its address (``m.``, ``/mobile/``, ``?m=1``), or None.

    A mark that the desktop address bears as well is only the site's name.
    """
    for part, pattern in ((host_of, _MOBILE_HOST), (_path, _MOBILE_PATH), (_query, _MOBILE_QUERY)):
        match = pattern.search(part(mobile_url))
        if match and not pattern.search(part(desktop_url)):
            return match.group()
    return None


def varies_by_user_agent(vary_headers: Iterable[str]) -> bool:
    """Whether ``Vary`` headers say that the server looks at the user agent."""
    return any(token.strip().lower() == "user-agent" for header in vary_headers for token in header.split(","))


def _path(url: str) -> str:
    return _split(url)[0]


def _query(url: str) -> str:
    return _split(url)[1]


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.lower())
    except ValueError:
        return "", ""
    return parts.path, parts.query
