"""Reads sitemaps (sitemaps.org protocol 0.9): page addresses, or the addresses of further sitemaps."""

import gzip
import html
import io
import re
import zlib
from dataclasses import dataclass

MAX_BYTES = 5_000_000
MAX_ENTRIES = 5_000

_LOCATION = re.compile(r"<(?:[a-z]+:)?loc[^>]{0,100}>\s*(?:<!\[CDATA\[)?\s*(https?://[^<\]\s]{1,2000})", re.IGNORECASE)
_INDEX = re.compile(r"<(?:[a-z]+:)?sitemapindex[\s>]", re.IGNORECASE)
_URLSET = re.compile(r"<(?:[a-z]+:)?urlset[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The locations of one sitemap file. ``index`` tells that they are sitemaps and not pages."""

    locations: tuple[str, ...]
    index: bool


def parse_sitemap(data: bytes) -> Sitemap | None:
    """Return what a sitemap lists, None when the bytes are not a sitemap. Never raises.

    Read by pattern and not as XML: no entity is ever expanded, and the many sitemaps that are not
    well-formed still count.
    """
    text = _unpacked(data)[:MAX_BYTES].decode("utf-8", errors="replace")
    index = bool(_INDEX.search(text))
    if not index and not _URLSET.search(text):
        return None
    locations = dict.fromkeys(
        html.unescape(match[1]) for _, match in zip(range(MAX_ENTRIES), _LOCATION.finditer(text), strict=False)
    )
    return Sitemap(locations=tuple(locations), index=index)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(MAX_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
