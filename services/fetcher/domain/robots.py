"""robots.txt as RFC 9309 reads it: what our user agent may fetch, and how fast."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from services.contracts.capture import Probe, RobotsRecord
from services.contracts.failures import FailureKind, kind_of_reason, reason_of
from services.contracts.reasons import Reason
from services.fetcher.domain.url_policy import MAX_LENGTH

MAX_BYTES = 512_000
"""RFC 9309 §2.5: at least 500 kibibytes are parsed; what comes after is ignored."""
MAX_SITEMAPS = 50

_NO_ANSWER_ALLOWS = frozenset({Reason.REDIRECT_LOOP, Reason.FORBIDDEN_ADDRESS, Reason.UNEXPECTED_CONTENT})
"""A file that redirects without end or to something unreadable is unavailable (§2.3.1.2-3), not unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules of one origin for one user agent."""

    url: str
    status: int | None
    failure: Reason | None
    kind: FailureKind | None = None
    """Why the whole origin is closed to us, None when it is not."""
    detail: str = ""
    crawl_delay: float | None
    sitemaps: tuple[str, ...]
    token: str
    parsed: Protego | None
    """None when the whole origin is closed to us."""

    def allowed(self, url: str) -> bool:
        """Whether a URL of this origin may be fetched; the robots.txt itself always may."""
        if self.parsed is None:
            return urlsplit(url).path == "/robots.txt"
        return bool(self.parsed.can_fetch(url, self.token))

    def record(self, home_url: str) -> RobotsRecord:
        """Return what the manifest keeps, without the body's reference."""
        return RobotsRecord(
            url=self.url,
            status=self.status,
            failure=self.failure,
            home_allowed=self.allowed(home_url),
            crawl_delay=self.crawl_delay,
            sitemaps=self.sitemaps,
        )


def robots_url(url: str) -> str:
    """Return where the rules for a URL are: one file per scheme, host and port (RFC 9309 §2.3)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def read_robots(probe: Probe, body: bytes, token: str) -> Robots:
    """Return the rules that a fetched robots.txt gives to the product token.

    4xx is "unavailable": everything is allowed (§2.3.1.3). 5xx and a network failure are "unreachable":
    everything is forbidden (§2.3.1.4), with ``failure`` saying why, so that the audit ends undetermined
    and never as a finding. That costs the sites whose robots.txt alone is broken; we have no cached
    copy to fall back on, and a public study should not argue with a webmaster's server. Ask twice
    (`domain.retry`) before believing it.
    """
    status = probe.final.status if probe.final else None
    failure, kind = probe.failure, probe.kind
    if failure is None and (status is None or status >= 500):
        kind = FailureKind.HTTP_SERVER_ERROR
        failure = reason_of(kind)
    if failure is not None and failure not in _NO_ANSWER_ALLOWS:
        return Robots(
            url=probe.url,
            status=status,
            failure=failure,
            kind=kind or kind_of_reason(failure),
            detail=probe.detail,
            crawl_delay=None,
            sitemaps=(),
            token=token,
            parsed=None,
        )
    text = _text(body) if failure is None and status is not None and 200 <= status < 300 else ""
    parsed = Protego.parse(text)
    return Robots(
        url=probe.url,
        status=status,
        failure=failure,
        crawl_delay=parsed.crawl_delay(token),
        sitemaps=tuple(dict.fromkeys(url for url in parsed.sitemaps if len(url) <= MAX_LENGTH))[:MAX_SITEMAPS],
        token=token,
        parsed=parsed,
    )


def _text(body: bytes) -> str:
    if len(body) > MAX_BYTES:
        # A rule cut in the middle would forbid or allow more than it says.
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", errors="replace").replace("\x00", "")
