"""A capture while it is being made: what has been seen so far can be committed at any moment."""

from dataclasses import dataclass, field
from datetime import datetime

from services import __version__
from services.contracts.artefacts import ArtefactRef
from services.contracts.capture import (
    Discovery,
    Manifest,
    PageCapture,
    PageClass,
    Probe,
    RobotsRecord,
    SiteCost,
    TlsRecord,
    Viewport,
    Visit,
)
from services.contracts.failures import FailureKind, reason_of
from services.contracts.mail import MailRecord
from services.contracts.messages import FetchSite
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.domain.page_plan import PlannedPage, plan_version

LAST_ATTEMPT = 3
"""The ledger gives an audit three tries; the last one commits whatever it has."""


@dataclass(kw_only=True)
class Draft:
    """The growing manifest of one audit."""

    message: FetchSite
    started_at: datetime
    user_agent: str
    url: str | None = None
    url_problem: str | None = None
    other_urls: tuple[str, ...] = ()
    browser: str | None = None
    visits: list[Visit] = field(default_factory=list)
    robots: RobotsRecord | None = None
    tls: tuple[TlsRecord, ...] = ()
    pages: list[PageCapture] = field(default_factory=list)
    expected: list[tuple[PlannedPage, Viewport]] = field(default_factory=list)
    """Pages that were decided on; those that are missing at the end are recorded as such."""
    readable_without_browser: bool | None = None
    cost: SiteCost | None = None
    wacz: ArtefactRef | None = None
    mail: MailRecord | None = None
    signed: DnsStatus | None = None
    security_txt: Probe | None = None
    countries: dict[str, str] = field(default_factory=dict)
    failure: Reason | None = None
    detail: str = ""

    @property
    def last_attempt(self) -> bool:
        """Whether nobody will try again after this."""
        return self.message.attempt >= LAST_ATTEMPT

    def resume(self, seen: Manifest) -> None:
        """Go on from what an interrupted attempt at the same audit had seen."""
        self.started_at = seen.started_at
        self.visits, self.pages = list(seen.visits), list(seen.pages)
        self.robots, self.tls = seen.robots, seen.tls
        self.mail, self.signed = seen.mail, seen.signed

    def has(self, page: PlannedPage, viewport: Viewport) -> bool:
        """Whether a page was seen in a viewport, or found to be missing."""
        return _place(page.url, page.page_class, viewport) in {
            _place(seen.url, seen.page_class, seen.viewport) for seen in self.pages
        }

    def expect(self, page: PlannedPage, viewport: Viewport) -> None:
        """Note that a page was decided on."""
        self.expected.append((page, viewport))

    def fail(self, reason: Reason, detail: str) -> None:
        """Note why no page can be captured."""
        self.failure, self.detail = reason, detail

    def give_up(self, kind: FailureKind, detail: str, at: datetime) -> None:
        """Record every page that was decided on and not seen as missing in this way."""
        for page, viewport in self.expected:
            if not self.has(page, viewport):
                self.pages.append(missing_page(page, viewport, kind, detail, at))
        if not self.expected and self.failure is None:
            self.fail(reason_of(kind), detail)

    def manifest(self, finished_at: datetime) -> Manifest:
        """Return the manifest of what was seen. Without a home page, ``failure`` says why."""
        failure, detail = self.failure, self.detail
        homes = [page for page in self.pages if page.page_class is PageClass.HOME]
        if failure is None and homes and all(page.dom is None for page in homes):
            failure, detail = homes[0].failure or Reason.HOME_NOT_CAPTURED, homes[0].detail
        return Manifest(
            audit=self.message.audit,
            authority=self.message.authority,
            normalised_url=self.url,
            url_problem=self.url_problem,
            other_urls=self.other_urls,
            started_at=self.started_at,
            finished_at=finished_at,
            user_agent=self.user_agent,
            browser=self.browser,
            fetcher_version=__version__,
            page_plan=plan_version(),
            visits=tuple(self.visits),
            robots=self.robots,
            tls=self.tls,
            pages=tuple(self.pages),
            readable_without_browser=self.readable_without_browser,
            cost=self.cost,
            wacz=self.wacz,
            mail=self.mail,
            signed=self.signed,
            security_txt=self.security_txt,
            countries=self.countries,
            failure=failure,
            detail=detail,
        )


def _kind(viewport: Viewport, page_class: PageClass) -> Viewport:
    """Return the viewport that counts: a planned page may have needed the desktop browser after all."""
    return Viewport.DESKTOP if viewport is Viewport.HTTP and page_class is not PageClass.HOME else viewport


def _place(url: str, page_class: PageClass, viewport: Viewport) -> tuple[str, PageClass, Viewport]:
    return url, page_class, _kind(viewport, page_class)


def home_page(url: str) -> PlannedPage:
    """Return the home page as a page of the plan."""
    return PlannedPage(url=url, page_class=PageClass.HOME, discovery=Discovery.DECLARED)


def missing_page(page: PlannedPage, viewport: Viewport, kind: FailureKind, detail: str, at: datetime) -> PageCapture:
    """Return the record of a planned page that was not seen."""
    return PageCapture(
        page_class=page.page_class,
        viewport=viewport,
        url=page.url,
        discovery=page.discovery,
        link_text=page.link_text,
        failure=reason_of(kind),
        kind=kind,
        detail=detail,
        at=at,
    )
