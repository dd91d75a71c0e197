"""What the fetcher saw of one site: the capture manifest, and the records it is made of.

The manifest is written last and is the commit point of a capture. Everything the analyzer may use is
in it or in an artefact that it names.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from services.contracts.accessibility import AxeRecord
from services.contracts.artefacts import ArtefactRef
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority
from services.contracts.failures import FailureKind
from services.contracts.mail import MailRecord
from services.contracts.model import Record
from services.contracts.names import DnsRecord, DnsStatus
from services.contracts.reasons import Reason


class Viewport(StrEnum):
    """How a page was rendered. ``http`` means fetched without a browser."""

    DESKTOP = "1366x768"
    MOBILE = "360x800"
    HTTP = "http"


class PageClass(StrEnum):
    """The role of a page in the page plan."""

    HOME = "home"
    MENTIONS = "mentions"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"
    SITEMAP = "sitemap"
    CONTACT = "contact"
    DEMARCHES_HUB = "demarches_hub"
    ETAT_CIVIL = "etat_civil"
    ENFANCE = "enfance"
    URBANISME = "urbanisme"
    PAYMENT = "payment"
    SOCIAL_DIGITAL = "social_digital"
    NEWS = "news"
    COUNCIL = "council"
    MISC_NAV = "misc_nav"
    PROVIDER = "provider"
    """A page of a platform elsewhere that the site leads to, read as the proof of a service."""
    NOT_FOUND_PROBE = "not_found_probe"
    """A random path, asked for to learn what the site answers for unknown pages."""


class Discovery(StrEnum):
    """How a planned page was found. A guess that fails says nothing about the site."""

    DECLARED = "declared"
    LINK = "link"
    SITEMAP = "sitemap"
    GUESS = "guess"


class TlsRecord(Record):
    """One TLS handshake with verification, and the certificate that was shown.

    ``verified`` is the strict verdict (chain, host name, dates). ``error`` is None, ``expired``,
    ``not_yet_valid``, ``hostname_mismatch``, ``self_signed``, ``unknown_authority``,
    ``incomplete_chain`` (valid once the missing intermediate is fetched, as browsers do), ``revoked``
    or ``other``. ``handshake`` is False when no session could be opened even without verification.
    """

    host: str
    port: int = 443
    handshake: bool
    verified: bool
    error: str | None = None
    detail: str = ""
    protocol: str | None = None
    subject: str | None = None
    issuer: str | None = None
    names: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    sha256: str | None = None
    at: datetime


class Header(Record):
    """One response header. ``name`` is lower case."""

    name: str
    value: str


class Hop(Record):
    """One HTTP exchange of a redirect chain."""

    url: str
    status: int
    headers: tuple[Header, ...] = ()
    remote_address: str | None = None
    seconds: float = 0.0
    at: datetime

    def header(self, name: str) -> str | None:
        """Return the first header of that (lower-case) name."""
        return next((h.value for h in self.headers if h.name == name), None)


class Probe(Record):
    """One URL variant, followed through its redirects without a browser.

    ``failure`` is None when a final response was read, else why not; ``failed_url`` is then the hop
    that failed. ``kind`` says finer than ``failure`` what went wrong, also for an answer that was read (an
    error status, an empty body). ``body`` is the raw body of the final response. ``verified_tls`` is False
    when a hop was only readable with certificate verification off.
    """

    url: str
    hops: tuple[Hop, ...] = ()
    failure: Reason | None = None
    kind: FailureKind | None = None
    failed_url: str | None = None
    detail: str = ""
    verified_tls: bool = True
    body: ArtefactRef | None = None
    truncated: bool = False

    @property
    def final(self) -> Hop | None:
        """The last response, when there is one."""
        return self.hops[-1] if self.hops and self.failure is None else None


class Visit(Record):
    """One attempt at reaching the site, at one moment."""

    at: datetime
    dns: tuple[DnsRecord, ...] = ()
    probes: tuple[Probe, ...] = ()


class RobotsRecord(Record):
    """What robots.txt said to our user agent. An absent file allows everything (RFC 9309)."""

    url: str
    status: int | None = None
    failure: Reason | None = None
    home_allowed: bool = True
    crawl_delay: float | None = None
    sitemaps: tuple[str, ...] = ()
    body: ArtefactRef | None = None


class Cookie(Record):
    """A cookie set before any interaction. The value is never stored, only its length."""

    name: str
    domain: str
    path: str = "/"
    value_length: int = 0
    expires: datetime | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str | None = None


class LayoutMetrics(Record):
    """What the rendered page measures, in CSS pixels and characters.

    ``content_width`` is the layout's content width; ``content_width_without_fixed`` the same with
    fixed-position overlays hidden. ``clipped_chars`` counts visible characters beyond the right edge
    that no scrollable ancestor can reveal. ``large_chars`` counts visible characters at 12 px or more.
    ``tap_targets`` and ``tap_conflicts`` follow the 48 px finger rule of Lighthouse up to version 11.
    """

    device_width: int
    content_width: int
    content_width_without_fixed: int
    content_height: int
    viewport_metas: tuple[str, ...] = ()
    root_overflow_hidden: bool = False
    visible_chars: int = 0
    large_chars: int = 0
    clipped_chars: int = 0
    tap_targets: int = 0
    tap_conflicts: int = 0
    plugin_objects: int = 0
    element_count: int = 0


class RequestRecord(Record):
    """One network request made by a rendered page; the request log is JSON lines of these."""

    url: str
    method: str = "GET"
    resource_type: str = "other"
    status: int | None = None
    media_type: str | None = None
    transfer_bytes: int = 0
    start_ms: float = 0.0
    duration_ms: float = 0.0
    remote_address: str | None = None
    failure: str | None = None


class FrameCapture(Record):
    """The rendered document of a frame or iframe inside a page."""

    url: str
    dom: ArtefactRef


class PageCapture(Record):
    """One page of the plan as it was seen in one viewport.

    ``url`` is what was asked for, ``final_url`` where it ended. ``failure`` is None when a document
    was read; ``kind`` says finer what went wrong, as for a probe. ``soft_timeout`` marks a page recorded
    although it never finished loading. ``dom`` is the rendered DOM (for ``http`` pages: the document as
    sent); ``raw`` the document as sent, where it differs from the DOM. ``lcp_ms`` is when the largest part was
    painted, in milliseconds after the document began to load, on the auditor's machine and line. ``widths`` gives the
    width of the contents on telephones of other widths, in CSS pixels. ``link_text`` is the normalised text of the link
    that led here.
    """

    page_class: PageClass
    viewport: Viewport
    url: str
    final_url: str | None = None
    discovery: Discovery = Discovery.LINK
    link_text: str = ""
    status: int | None = None
    hops: tuple[Hop, ...] = ()
    failure: Reason | None = None
    kind: FailureKind | None = None
    detail: str = ""
    soft_timeout: bool = False
    truncated: bool = False
    media_type: str | None = None
    dom: ArtefactRef | None = None
    raw: ArtefactRef | None = None
    frames: tuple[FrameCapture, ...] = ()
    screenshot: ArtefactRef | None = None
    full_screenshot: ArtefactRef | None = None
    requests: ArtefactRef | None = None
    layout: LayoutMetrics | None = None
    axe: AxeRecord | None = None
    lcp_ms: float | None = None
    widths: dict[int, int] = Field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    at: datetime

    @property
    def readable(self) -> bool:
        """Whether a successful document was read."""
        return self.failure is None and self.dom is not None and self.status is not None and self.status < 400


class SiteCost(Record):
    """What the audit cost the site and those it embeds: requests made and bytes received, browser and HTTP together.

    ``limit_reached``: something was not asked for because the site had cost as much as one site may.
    """

    requests: int
    bytes_received: int
    limit_reached: bool = False


class Manifest(Record):
    """Everything seen for one audit.

    ``normalised_url`` is the declared URL made usable, or None with ``url_problem`` saying why
    (``none_declared``, ``email``, …). ``failure`` is why no page was captured, when that is so. ``mail`` is what is
    published for the official e-mail's domain, ``signed`` the answer to the question for a DS record (DNSSEC) of the
    site's own domain, ``security_txt`` the answer at the address of RFC 9116; each None where it was not asked for.
    ``countries`` are the ISO codes of those that the site's and the mail's addresses are registered in, where known.
    ``plan`` lists the pages that were chosen, readable or not (they are all in ``pages``). ``wacz`` is the
    archive of the site's HTTP exchanges, where one was asked for.
    """

    schema_version: int = 1
    audit: AuditId
    authority: Authority
    normalised_url: str | None
    url_problem: str | None = None
    other_urls: tuple[str, ...] = ()
    started_at: datetime
    finished_at: datetime
    user_agent: str
    browser: str | None = None
    fetcher_version: str
    page_plan: str
    visits: tuple[Visit, ...] = ()
    robots: RobotsRecord | None = None
    tls: tuple[TlsRecord, ...] = ()
    pages: tuple[PageCapture, ...] = ()
    readable_without_browser: bool | None = None
    cost: SiteCost | None = None
    wacz: ArtefactRef | None = None
    mail: MailRecord | None = None
    signed: DnsStatus | None = None
    security_txt: Probe | None = None
    countries: dict[str, str] = Field(default_factory=dict)
    failure: Reason | None = None
    detail: str = ""

    @property
    def address(self) -> str | None:
        """The address that the home page was served from, None when it was not read or that is not known."""
        homes = (page for page in self.pages if page.page_class is PageClass.HOME and page.readable)
        return next((page.hops[-1].remote_address for page in homes if page.hops), None)

    def artefacts(self) -> tuple[ArtefactRef, ...]:
        """Return every artefact that the manifest refers to, without repetition."""
        refs: dict[str, ArtefactRef] = {}
        found: list[ArtefactRef | None] = [p.body for v in self.visits for p in v.probes]
        found += [self.wacz, self.security_txt.body if self.security_txt else None]
        if self.robots:
            found.append(self.robots.body)
        for page in self.pages:
            found += [page.dom, page.raw, page.screenshot, page.full_screenshot, page.requests]
            found += [frame.dom for frame in page.frames]
        for ref in found:
            if ref is not None:
                refs[ref.key] = ref
        return tuple(refs.values())
