"""Whether scripts from elsewhere are checked against a digest (W3C Subresource Integrity)."""

from urllib.parse import urljoin

from services.analyzer.observatory.seen import Seen
from services.contracts.hosts import host_of, same_site

_DIGESTS = ("sha256-", "sha384-", "sha512-")


def check_integrity(seen: Seen) -> str:
    """Return the worst outcome of the page's external scripts; those of the site's own domain need no digest."""
    external: list[tuple[bool, bool]] = []
    nodes = seen.document.tree.css("script[src]") if seen.document else ()
    for node in nodes:
        url = _joined(seen.document.base_url if seen.document else seen.url, node.attributes.get("src") or "")
        if not same_site(host_of(url), host_of(seen.url)) and host_of(url):
            checked = (node.attributes.get("integrity") or "").strip().startswith(_DIGESTS)
            external.append((url.startswith("https://"), checked))
    if not external:
        return "own_scripts" if nodes else "no_script"
    if any(not secure and not checked for secure, checked in external):
        return "insecure_unchecked"
    if any(not secure for secure, _ in external):
        return "checked_over_http"
    return "all_external" if all(checked for _, checked in external) else "external_unchecked"


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""
