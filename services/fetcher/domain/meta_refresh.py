"""``<meta http-equiv="refresh">``: the client-side redirect of splash pages and moved sites."""

import re
from urllib.parse import urldefrag, urljoin

MAX_DELAY = 10.0
"""Seconds; a page that leaves later than this is read as it stands, and meant to be."""

_CONTENT = re.compile(
    r"""\s*(?P<delay>\d{0,6}(?:\.\d{0,6})?)\s*[;,\s]\s*(?:url\s*=)?\s*["']?(?P<url>[^"'\s][^"']*)""", re.IGNORECASE
)


def refresh_delay(content: str, page_url: str) -> float | None:
    """Return after how many seconds the page leaves for another one, None when it stays.

    A refresh to the page itself is a reload, not a redirect.
    """
    match = _CONTENT.match(content)
    if not match or match["delay"] in ("", ".") or float(match["delay"]) > MAX_DELAY:
        return None
    try:
        target = urljoin(page_url, match["url"].strip())
    except ValueError:
        return None
    if not target.startswith(("http:", "https:")) or urldefrag(target)[0] == urldefrag(page_url)[0]:
        return None
    return float(match["delay"])
