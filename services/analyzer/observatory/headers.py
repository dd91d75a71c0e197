"""The tests that read headers, cookies and redirects. Each returns the name of its outcome in scoring.toml."""

from services.analyzer.observatory.policy import judge_policies, parse_policies
from services.analyzer.observatory.seen import Seen
from services.analyzer.transport.hsts import SIX_MONTHS, parse_max_age
from services.contracts.hosts import host_of

_CSP = "content-security-policy"
_PRIVATE = frozenset({"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"})
_UNSAFE = frozenset({"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"})
_SESSION = ("sess", "login", "auth")
_FORGERY = "csrf"


def check_policy(seen: Seen) -> str:
    """Return what the Content-Security-Policy is worth, from headers and meta elements."""
    given = (*seen.headers(_CSP), *seen.metas("http-equiv", _CSP))
    if not given:
        return "report_only" if seen.headers(f"{_CSP}-report-only") else "absent"
    return judge_policies(parse_policies(given), secure=seen.secure)


def check_cookies(seen: Seen) -> str:
    """Return how the site's own cookies are protected. A session's is told by its name."""
    if not seen.cookies:
        return "none"
    hsts = check_hsts(seen) in {"six_months", "short"}
    sessions = [cookie for cookie in seen.cookies if any(word in cookie.name.lower() for word in _SESSION)]
    if any(not cookie.secure for cookie in sessions):
        return "session_insecure_behind_hsts" if hsts else "session_insecure"
    if any(not cookie.http_only for cookie in sessions):
        return "session_readable"
    if any(_FORGERY in cookie.name.lower() and not cookie.same_site for cookie in seen.cookies):
        return "forgeable"
    if any(not cookie.secure for cookie in seen.cookies):
        return "insecure_behind_hsts" if hsts else "insecure"
    return "all_protected" if all(c.http_only and c.same_site for c in seen.cookies) else "secure"


def check_cors(seen: Seen) -> str:
    """Return whether any site may read the page with the visitor's credentials."""
    allowed = {value.strip() for value in seen.headers("access-control-allow-origin")}
    credentials = any(value.strip().lower() == "true" for value in seen.headers("access-control-allow-credentials"))
    return "open_with_credentials" if credentials and allowed & {"*", "null"} else "closed"


def check_redirection(seen: Seen) -> str:
    """Return how the same host answers in http."""
    probe = seen.clear
    if probe is None or not probe.hops:
        return "no_http"
    if not seen.trusted:
        return "invalid_certificate"
    if not probe.hops[-1].url.startswith("https://"):
        return "missing"
    first = probe.hops[1].url
    if not first.startswith("https://"):
        return "not_https_first"
    return "to_https" if host_of(first) == host_of(probe.url) else "off_host_first"


def check_referrer(seen: Seen) -> str:
    """Return whether links tell other sites where a visitor comes from; the last value that is known counts."""
    given = [*seen.headers("referrer-policy"), *seen.metas("name", "referrer")]
    if not given:
        return "absent"
    known = [
        word for word in (part.strip().lower() for v in given for part in v.split(",")) if word in _PRIVATE | _UNSAFE
    ]
    if not known:
        return "invalid"
    return "private" if known[-1] in _PRIVATE else "unsafe"


def check_hsts(seen: Seen) -> str:
    """Return whether the site asks to be reached over HTTPS only, and for how long."""
    if not seen.secure:
        return "no_https"
    if not seen.trusted:
        return "invalid_certificate"
    values = seen.headers("strict-transport-security")
    if not values:
        return "absent"
    age = parse_max_age(values[0])
    if age is None:
        return "invalid"
    return "six_months" if age >= SIX_MONTHS else "short"


def check_sniffing(seen: Seen) -> str:
    """Return whether browsers are told not to guess types."""
    values = seen.headers("x-content-type-options")
    return "nosniff" if values and values[0].split(",")[0].strip().lower() == "nosniff" else "absent"


def check_framing(seen: Seen) -> str:
    """Return whether other sites may frame the page; ``frame-ancestors`` counts in a header only (CSP3)."""
    if any("frame-ancestors" in policy.directives for policy in parse_policies(seen.headers(_CSP))):
        return "policy"
    values = [value.strip().lower() for value in seen.headers("x-frame-options")]
    if not values:
        return "absent"
    if values[0] in {"deny", "sameorigin"}:
        return "denied"
    return "allow_from" if values[0].startswith("allow-from ") else "invalid"


def check_resource_policy(seen: Seen) -> str:
    """Return whether other sites may load the page as a resource."""
    values = [value.strip().lower() for value in seen.headers("cross-origin-resource-policy")]
    if not values:
        return "absent"
    if values[0] in {"same-origin", "same-site"}:
        return "strict"
    return "open" if values[0] == "cross-origin" else "invalid"
