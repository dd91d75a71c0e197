"""Whose site a URL belongs to."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from services.contracts.authorities import Authority
from services.contracts.declared_url import normalise_declared_url
from services.contracts.hosts import host_of, platform_of


def site_host(url: str | None) -> str | None:
    """Return the host of a declared or asked URL as sites are compared, without www.; None when there is none."""
    normal = normalise_declared_url(url).url
    return host_of(normal).removeprefix("www.") if normal else None


def owners(url: str, candidates: Iterable[Authority]) -> tuple[Authority, ...]:
    """Return the authorities whose declared site a URL may be: none when unknown, several when ambiguous.

    On one host the longest declared path that the URL is under wins: ``cc.example/villages/un/contact`` belongs to
    who declares ``cc.example/villages/un`` before who declares ``cc.example``. On the host of a shared platform
    (``facebook.com``) a path is needed.
    """
    host = site_host(url)
    platform = platform_of(host) if host else None
    shared = platform is not None and platform.suffix == host
    read = _path if shared else _folder
    asked = read(url)
    found = [(a, read(a.declared_url)) for a in candidates if host and site_host(a.declared_url) == host]
    above = [(a, path) for a, path in found if (path or not shared) and f"{asked}/".startswith(f"{path}/")]
    if above:
        longest = max(len(path) for _, path in above)
        return tuple(authority for authority, path in above if len(path) == longest)
    return () if shared or asked else tuple(authority for authority, _ in found)


def _path(url: str | None) -> str:
    return urlsplit(normalise_declared_url(url).url or "").path.rstrip("/")


def _folder(url: str | None) -> str:
    """Return the path without the file at its end: empty for ``/index.php``."""
    folder, _, last = _path(url).rpartition("/")
    return folder if "." in last or not last else f"{folder}/{last}"
