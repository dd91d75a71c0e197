"""The declared address of a site, as clerks type it, turned into a URL or into a reason.

Pure and total: `normalise_declared_url` never raises, and gives its own output back unchanged.
The syntax rules are those of the WHATWG URL standard; the repairs are those that the national
directories need (https:/www…, two addresses in one field, accents, an e-mail instead of a URL).
"""

import re
import unicodedata
from enum import StrEnum
from urllib.parse import quote

import idna

from services.contracts.model import Record


class UrlProblem(StrEnum):
    """Why a declared text gives no URL. Stable values: they are stored and published."""

    NONE_DECLARED = "none_declared"
    EMAIL = "email"
    NOT_A_URL = "not_a_url"
    BAD_HOST = "bad_host"
    BAD_PORT = "bad_port"
    FORBIDDEN_SCHEME = "forbidden_scheme"
    TOO_LONG = "too_long"


class DeclaredUrl(Record):
    """What a declared text says: ``url``, or else ``problem``; ``others`` are its further usable URLs.

    A URL is http or https, with a lower-case ASCII host (punycode), a path, no credentials and no fragment.
    """

    url: str | None
    problem: UrlProblem | None = None
    others: tuple[str, ...] = ()


MAX_LENGTH = 2048
"""Longest text read and longest URL given, in characters; browsers and servers share this bound."""
_MAX_OTHERS = 10

_SCHEME = re.compile(r"(?:(?:www\.)?https?:|h{0,2}[tp]{2,5}s{0,2}[:;.]{0,2}(?=/))[/:;.]*", re.IGNORECASE)
"""http(s), also misspelt as far as its slashes still tell what it is: htpp://, http//, https:/, http.//."""
_OTHER_SCHEME = re.compile(r"([a-z][a-z0-9+-]*):(?!\d+(?:[/?]|$))", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_TLD = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}")
_SEPARATED = re.compile(r"\s+|[,;|]+(?=https?:|www\.)", re.IGNORECASE)
_GLUED = re.compile(r"(.+?)(https?):", re.IGNORECASE)
_CLOSING = "\"'<>«»“”‘’]}.,;:!?*"
_OPENING = "\"'<>«»“”‘’[{(*.,;:!?-"
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_MOST_TELLING = (
    UrlProblem.EMAIL,
    UrlProblem.TOO_LONG,
    UrlProblem.FORBIDDEN_SCHEME,
    UrlProblem.BAD_PORT,
    UrlProblem.BAD_HOST,
)


def normalise_declared_url(text: str | None) -> DeclaredUrl:
    """Return the first usable URL of a declared text, or the reason why it holds none.

    A missing scheme becomes http: it is what browsers have always assumed, so it is what the person
    who typed the address saw working; claiming https would invent a finding. Nothing is lost, since
    the probe tries http and https, with and without www. An e-mail address is never echoed.
    """
    if text is None or not text.strip():
        return DeclaredUrl(url=None, problem=UrlProblem.NONE_DECLARED)
    if len(text) > MAX_LENGTH:
        return DeclaredUrl(url=None, problem=UrlProblem.TOO_LONG)
    results = [_read(candidate) for candidate in _candidates(_clean(text))]
    urls = tuple(dict.fromkeys(result for result in results if not isinstance(result, UrlProblem)))
    if urls:
        return DeclaredUrl(url=urls[0], others=urls[1 : 1 + _MAX_OTHERS])
    problem = next((problem for problem in _MOST_TELLING if problem in results), UrlProblem.NOT_A_URL)
    return DeclaredUrl(url=None, problem=problem)


def _clean(text: str) -> str:
    """Return the text without invisible characters, with the spaces inside one address closed up."""
    text = unicodedata.normalize("NFC", re.sub(r"\s+", " ", text).replace("\\", "/"))
    text = "".join(c for c in text if c == " " or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    text = re.sub(r"(?i)(https?)\s*:\s*(/+)\s*", r"\1:\2", text)
    text = re.sub(r"(?i)(?<![\w.-])www[.,]?\s+(?=\w)|(?<![\w.-])www,(?=\w)", "www.", text)
    return re.sub(r"\s+(?=\.\w)", "", text)


def _candidates(text: str) -> list[str]:
    """Return the parts of a text that may each be an address, in their order."""
    found: list[str] = []
    waiting = [part for part in _SEPARATED.split(text) if part][::-1]
    while waiting:
        part = waiting.pop()
        scheme = _SCHEME.match(part)
        start = scheme.end() if scheme else 0
        end = next((i for i in range(start, len(part)) if part[i] in "/?#"), len(part))
        host, rest = part[start:end], part[end:]
        cut = re.search(r"[,;|]", host)
        glued = _GLUED.fullmatch(host)
        if cut:
            waiting += [part[start + cut.end() :], part[: start + cut.start()]]
        elif glued and rest.startswith("/"):
            waiting += [f"{glued[2]}:{rest}", part[: start + len(glued[1])]]
        elif part:
            found.append(part)
    return found


def _read(part: str) -> str | UrlProblem:
    """Return the URL that one candidate stands for, or why it is none."""
    part = _trim(part.split("#", 1)[0])
    secure, explicit, rest = _take_scheme(part)
    label = _OTHER_SCHEME.match(rest)
    if label and label[1].lower() == "mailto":
        return UrlProblem.EMAIL
    if label and "@" not in rest:
        after = rest[label.end() :]
        if explicit:
            return UrlProblem.BAD_PORT
        # « Site:www.example.fr » is a caption, not a scheme.
        return _read(after) if re.match(r"(?i)www\.|https?:", after) else UrlProblem.FORBIDDEN_SCHEME
    split = re.match(r"([^/?]*)([^?]*)\??(.*)", rest)
    authority, path, query = (split[1], split[2], split[3]) if split else ("", "", "")
    if "@" in authority:
        credentials, _, authority = authority.rpartition("@")
        if ":" not in credentials and not (explicit and path):
            return UrlProblem.EMAIL
    host, _, port = authority.partition(":")
    if not explicit and "." not in host.strip("."):
        return UrlProblem.NOT_A_URL
    ascii_host = _ascii_host(host)
    if ascii_host is None:
        return UrlProblem.BAD_HOST if authority else UrlProblem.NOT_A_URL
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return UrlProblem.BAD_PORT
    return _compose("https" if secure else "http", ascii_host, port, path, query)


def _compose(scheme: str, host: str, port: str, path: str, query: str) -> str | UrlProblem:
    shown_port = "" if not port or int(port) == {"http": 80, "https": 443}[scheme] else f":{int(port)}"
    url = f"{scheme}://{host}{shown_port}{quote(path or '/', safe=_PATH_SAFE)}"
    if query:
        url += "?" + quote(query, safe=_PATH_SAFE + "?")
    return url if len(url) <= MAX_LENGTH else UrlProblem.TOO_LONG


def _trim(part: str) -> str:
    """Return a candidate without the quotes, brackets and punctuation that surround it in a sentence."""
    part = part.lstrip(_OPENING)
    while part and (part[-1] in _CLOSING or (part[-1] == ")" and "(" not in part)):
        part = part[:-1]
    return part


def _take_scheme(part: str) -> tuple[bool, bool, str]:
    """Return whether the scheme is https, whether there is one, and what follows it; the innermost of several wins."""
    secure = explicit = False
    while match := _SCHEME.match(part):
        explicit = True
        secure = "s" in match[0].lower().removeprefix("www.")
        part = part[match.end() :]
    return secure, explicit, part.lstrip("/:.")


def _ascii_host(host: str) -> str | None:
    """Return the host in lower-case ASCII, or None when no name server could know it."""
    host = re.sub(r"\.{2,}", ".", host).strip(".").lower()
    if not host.isascii() or "xn--" in host:
        try:
            host = idna.encode(host, uts46=True).decode("ascii").strip(".")
        except (idna.IDNAError, UnicodeError):
            return None
    if _IPV4.fullmatch(host):
        return host
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not _TLD.fullmatch(labels[-1]):
        return None
    return host if all(_LABEL.fullmatch(label) for label in labels) else None
