"""Which URLs are pages of the audited site, worth one of its few page visits."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from services.contracts.hosts import platform_of, same_site

_UNRESERVED = "!$&'()*+,;=:@/~-._"
MAX_URL = 1_000
_PATHS_TOO = frozenset({"wixsite.com"})
_CUSTOMER_FOLDERS = frozenset({"a", "page", "pages", "site", "sites", "user", "users", "view"})


@dataclass(frozen=True, slots=True)
class _Rules:
    suffixes: frozenset[str]
    tracking: frozenset[str]
    traps: re.Pattern[str]
    consents: re.Pattern[str]


@cache
def _rules() -> _Rules:
    table = tomllib.loads(files(__package__).joinpath("scope.toml").read_text(encoding="utf-8"))
    return _Rules(
        suffixes=frozenset(table["not_pages"]["suffixes"]),
        tracking=frozenset(table["tracking"]["parameters"]),
        traps=re.compile("|".join(f"(?:{row['pattern']})" for row in table["traps"]), re.IGNORECASE),
        consents=re.compile("|".join(f"(?:{row['label']})" for row in table["consents"])),
    )


@lru_cache(maxsize=4_096)
def canonical(url: str) -> str | None:
    """Return the form under which a URL is visited and compared, None when it is not a usable web URL.

    Lower-case scheme and host, no default port, fragment, credentials or tracking parameter, path
    escaped in one way. Idempotent.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if parts.scheme not in ("http", "https") or not host or len(url) > MAX_URL:
            return None
        path = quote(unquote(parts.path, errors="surrogateescape"), safe=_UNRESERVED, errors="surrogateescape")
        # An escaped percent or slash is not the same path as the bare one: keep such paths as they are.
        if re.search(r"%(?:25|2f|3f|23)", parts.path, re.IGNORECASE):
            path = parts.path
        query = _query(parts.query)
    except ValueError:
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port in (None, default) else f"{shown}:{port}"
    return urlunsplit((parts.scheme, authority, path or "/", query, ""))


@lru_cache(maxsize=4_096)
def page_key(url: str) -> str:
    """Return what two URLs of the same page share: scheme, www, trailing slash and index names set aside."""
    parts = urlsplit(canonical(url) or url)
    path = re.sub(r"/(?:index|default|accueil)\.(?:html?|php\d?|aspx?|jsp|cfm)$", "/", parts.path, flags=re.IGNORECASE)
    return f"{parts.netloc.removeprefix('www.')}{path.rstrip('/')}?{parts.query}"


def within_site(home: str, url: str) -> bool:
    """Whether a URL belongs to the site whose home page this is.

    The registrable domain decides. On a shared platform it is the host, and where customers have
    paths instead of hosts (``name.wixsite.com/mairie``) the home page's own path.
    """
    parts = urlsplit(url)
    if not same_site(urlsplit(home).hostname or "", parts.hostname or ""):
        return False
    prefix = _customer_path(home)
    return not prefix or parts.path == prefix or parts.path.startswith(prefix + "/")


def site_root(home: str) -> str:
    """Return the URL under which the site's own paths lie, with a final slash."""
    parts = urlsplit(home)
    return f"{parts.scheme}://{parts.netloc}{_customer_path(home)}/"


def _customer_path(home: str) -> str:
    """Return the start of the path that a shared platform gives to its customer, mostly nothing.

    Most platforms give a host. On the platform's own host the customer is in the path
    (``sites.google.com/view/mairie-x``), and Wix's free sites have both (``name.wixsite.com/mairie``).
    """
    parts = urlsplit(home)
    host = (parts.hostname or "").removeprefix("www.")
    platform = platform_of(host)
    if platform is None or (host != platform.suffix and platform.suffix not in _PATHS_TOO):
        return ""
    segments = [segment for segment in parts.path.split("/") if segment]
    depth = 2 if segments and segments[0] in _CUSTOMER_FOLDERS else 1
    # A segment with a dot is a page: name.free.fr/index.html.
    owned = [segment for segment in segments[:depth] if "." not in segment]
    return "".join(f"/{segment}" for segment in owned)


def is_page(url: str) -> bool:
    """Whether a URL may be a page for readers: not a file, a log-out, an administration or an endless calendar."""
    rules = _rules()
    parts = urlsplit(url)
    name = parts.path.rsplit("/", 1)[-1].lower()
    if "." in name and name.rsplit(".", 1)[-1] in rules.suffixes:
        return False
    return not rules.traps.search(unquote(f"{parts.path}?{parts.query}"))


def answers_consent(text: str) -> bool:
    """Whether the normalised text of a link is an answer to a cookie banner."""
    return _rules().consents.fullmatch(text.strip(" !.")) is not None


def _query(query: str) -> str:
    if not query:
        return ""
    tracking = _rules().tracking
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k.lower() not in tracking]
    # A query that is not pairs (``?page``) keeps its own form.
    return urlencode(pairs) if "=" in query else query
