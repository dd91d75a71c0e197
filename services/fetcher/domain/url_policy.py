"""Which URLs the fetcher may ask for: the first one, each redirect and each link alike. Pure and total."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from services.contracts.failures import FailureKind
from services.contracts.reasons import Reason
from services.fetcher.domain.address_policy import is_local_name, is_public, parse_address
from services.fetcher.domain.connect_rules import NO_RULES, ConnectRules
from services.fetcher.domain.host_names import canonical_host

MAX_LENGTH = 2048
"""Characters; the bound of the declared URL, of most browsers' address bars and of sitemaps."""
WEB_PORTS = frozenset({80, 443, 8080, 8443})
"""The web's ports and their usual alternates. Any other is more likely another service than a site."""
DEFAULT_PORTS = {"http": 80, "https": 443}

_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeUrl:
    """A URL that may be asked for. ``host`` is lower-case ASCII, without brackets or trailing dot."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, percent-encoded, as sent in the request line."""

    @property
    def authority(self) -> str:
        """Host and port as in a Host header; the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a URL or a destination is refused."""

    reason: Reason
    detail: str
    port: bool = False
    """Whether it is the port that is none of the web's."""

    @property
    def kind(self) -> FailureKind:
        """What kind of failure the refusal is."""
        match self.reason:
            case Reason.FORBIDDEN_ADDRESS:
                return FailureKind.FORBIDDEN_ADDRESS
            case Reason.UNEXPECTED_CONTENT:
                return FailureKind.NOT_A_PAGE
            case _:
                return FailureKind.BAD_URL


def check_url(url: str, rules: ConnectRules = NO_RULES) -> SafeUrl | Refusal:
    """Return the URL in its safe form, or why it is refused. Never raises.

    Malformed is PROTOCOL_ERROR, a scheme that is not the web's UNEXPECTED_CONTENT, and a destination
    that is not public FORBIDDEN_ADDRESS (a name is judged again once it is resolved). The fragment is
    dropped. Destinations that match a connection rule are the operator's explicit will.
    """
    # Browsers drop these inside a URL (WHATWG URL standard §4.4).
    url = re.sub(r"[\t\r\n]", "", url).strip().replace("\\", "/")
    if len(url) > MAX_LENGTH:
        return Refusal(reason=Reason.PROTOCOL_ERROR, detail=f"URL longer than {MAX_LENGTH} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Refusal(reason=Reason.PROTOCOL_ERROR, detail="malformed URL")
    if parts.scheme not in DEFAULT_PORTS:
        return Refusal(reason=Reason.UNEXPECTED_CONTENT, detail=f"scheme {parts.scheme[:20] or 'missing'}")
    if "@" in parts.netloc:
        return Refusal(reason=Reason.PROTOCOL_ERROR, detail="credentials in the URL")
    host = canonical_host(parts.hostname or "")
    if host is None:
        return Refusal(reason=Reason.PROTOCOL_ERROR, detail="malformed host name")
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    refusal = check_destination(host, port, rules)
    if refusal is not None:
        return refusal
    target = quote(parts.path or "/", safe=_PATH_SAFE, errors="replace")
    if parts.query:
        target += "?" + quote(parts.query, safe=_PATH_SAFE + "?", errors="replace")
    safe = SafeUrl(scheme=parts.scheme, host=host, port=port, target=target)
    if len(str(safe)) > MAX_LENGTH:
        return Refusal(reason=Reason.PROTOCOL_ERROR, detail=f"URL longer than {MAX_LENGTH} characters")
    return safe


def check_destination(host: str, port: int, rules: ConnectRules = NO_RULES) -> Refusal | None:
    """Return why a canonical host and port may not be connected to, as far as they tell by themselves."""
    if rules.match(host, port) is not None:
        return None
    if port not in WEB_PORTS:
        return Refusal(reason=Reason.FORBIDDEN_ADDRESS, detail=f"port {port}", port=True)
    address = parse_address(host)
    if is_local_name(host) or (address is not None and not is_public(host)):
        return Refusal(reason=Reason.FORBIDDEN_ADDRESS, detail=f"{host} is not public")
    return None


def resolve_link(base: str, link: str) -> str | None:
    """Return a link or Location made absolute, None when it cannot be."""
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return None
