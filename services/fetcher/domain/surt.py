"""Addresses in sort-friendly form, as the indexes of web archives key them: ``fr,colombe)/page?a=1``."""

import re
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_WWW = re.compile(r"^www\d*\.")


def surt(url: str) -> str:
    """Return the key of a URL: host reversed and without www, path and query in lower case, query sorted."""
    parts = urlsplit(url.strip())
    host = _WWW.sub("", (parts.hostname or "").rstrip("."))
    place = host if re.fullmatch(r"[0-9.]+|.*:.*", host) else ",".join(reversed(host.split(".")))
    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        place += f":{parts.port}"
    path = parts.path.rstrip("/") or "/"
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{place}){path}{'?' + query if query else ''}".lower()
