"""What the fetcher's use case needs from the outside: a network, a browser, a sense of pace."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.contracts.accessibility import AxeRecord
from services.contracts.capture import (
    Cookie,
    Hop,
    LayoutMetrics,
    Probe,
    RequestRecord,
    TlsRecord,
    Viewport,
)
from services.contracts.failures import FailureKind
from services.contracts.mail import MailRecord
from services.contracts.names import DnsRecord, DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.domain.politeness import Answer
from services.fetcher.domain.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A URL followed through its redirects: the record of it, and the body's bytes (decoded, bounded)."""

    probe: Probe
    body: bytes = b""
    media_type: str | None = None


class Network(Protocol):
    """DNS, TLS and HTTP without a browser, under one egress policy.

    No method raises for what a site does: failures are values.
    """

    async def lookup(self, host: str) -> DnsRecord:
        """Return the addresses and aliases of a host and the name servers of its registrable domain."""

    async def mail(self, domain: str) -> MailRecord:
        """Return what is published for the mail of a domain."""

    def country(self, address: str) -> str | None:
        """Return the ISO code of the country that an address is registered in, None where it is not known."""

    async def signed(self, host: str) -> DnsStatus:
        """Return the answer to the question for a DS record of a host's registrable domain."""

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Response:  # noqa: ASYNC109
        """Fetch a URL through at most 10 redirects, at most ``max_bytes`` decoded body bytes.

        A certificate that does not verify does not end the fetch: the hop is read again with
        verification off and ``probe.verified_tls`` is False.
        """

    async def inspect_tls(self, host: str, port: int = 443) -> TlsRecord | None:
        """Return the strict judgement of a host's certificate, None when the port does not answer."""

    def refuse(self, hosts: tuple[str, ...]) -> None:
        """Connect to none of these hosts from now on, nor to any below them; replaces what was refused before."""

    def remote_address(self, host: str) -> str | None:
        """Return the address last connected to for a host."""


class Pacer(Protocol):
    """Spaces our own requests to a host."""

    async def turn(self, host: str) -> None:
        """Wait until one more request to the host is polite; call ``ended`` when it has ended."""

    def ended(self, host: str) -> None:
        """Note that the request whose turn it was has ended, well or badly."""

    def slow_down(self, host: str, seconds: float) -> None:
        """Space requests to the host by at least this many seconds (Crawl-delay), within a bound."""

    def answered(self, host: str, answer: Answer) -> None:
        """Learn from an answer of the host: refusals and rising latency space its requests further."""

    def unwelcome(self, host: str) -> bool:
        """Whether the host has refused us so often in a row that it should be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One page as a browser showed it. ``dom`` and ``raw`` are UTF-8; images are encoded files.

    ``kind`` says finer than ``failure`` what went wrong, also of an answer that was read.
    """

    url: str
    final_url: str | None = None
    status: int | None = None
    hops: tuple[Hop, ...] = ()
    failure: Reason | None = None
    kind: FailureKind | None = None
    detail: str = ""
    soft_timeout: bool = False
    truncated: bool = False
    media_type: str | None = None
    dom: bytes | None = None
    raw: bytes | None = None
    frames: tuple[tuple[str, bytes], ...] = ()
    screenshot: bytes | None = None
    full_screenshot: bytes | None = None
    requests: tuple[RequestRecord, ...] = ()
    layout: LayoutMetrics | None = None
    axe: AxeRecord | None = None
    lcp_ms: float | None = None
    widths: Mapping[int, int] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """A page that a reader of the archive may start from."""

    url: str
    title: str
    at: datetime


class Pack(Protocol):
    """Packs the recording of a visit as a web archive."""

    def __call__(self, recording: Recording, pages: Sequence[ArchivedPage], *, title: str, at: datetime) -> bytes:
        """Return the bytes of the archive (WACZ). It takes seconds of processor time."""


class RenderSession(Protocol):
    """A visitor in one viewport: no cookie or storage from any other session, no document from a cache."""

    async def render(self, url: str, *, screenshots: bool) -> Rendered:
        """Show a page and return what was seen; the picture of a whole page only of the session's first.

        Failures of the site are values. Raises BrowserUnavailable when the browser itself died.
        """


class SiteVisit(Protocol):
    """One visit of one site, in sessions one after the other.

    They share what the browser's HTTP cache holds of pictures, styles and scripts; documents, cookies and
    storage are each session's own.
    """

    def session(self, viewport: Viewport) -> AbstractAsyncContextManager[RenderSession]:
        """Open a session. Raises BrowserUnavailable."""


class Renderer(Protocol):
    """A browser that can be asked for visits, and replaces itself when it dies."""

    async def version(self) -> str:
        """Return the browser's product and version, starting it if need be."""

    def visit(self) -> AbstractAsyncContextManager[SiteVisit]:
        """Open a visit of a site."""


class Gate(Protocol):
    """Says when one more site may start."""

    def place(self) -> AbstractAsyncContextManager[None]:
        """Wait, within a bound, until there is room, and hold a place until exit."""
