"""Everything captured of one authority's site, as indicators see it. Read-only, offline."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TypeVar, cast

from services.analyzer.page import Document, Page
from services.contracts.artefacts import manifest_key
from services.contracts.authorities import Authority
from services.contracts.capture import Discovery, Hop, Manifest, PageClass, Probe, TlsRecord, Viewport

PLAN_COVERAGE = 0.6
"""Share of the linked plan pages that must have been read before an absence can be stated."""

_NOT_ITS_OWN = (PageClass.NOT_FOUND_PROBE, PageClass.PROVIDER)


@dataclass(frozen=True, eq=False)
class Site:
    """A capture: its manifest, and its pages with their documents.

    ``bodies`` are the documents that the probes of the last visit, and that for security.txt, ended on, by the key of
    their artefact.
    ``manifest_sha256`` is the digest of the stored manifest, named by evidence that no page shows (DNS, TLS, HTTP).
    """

    manifest: Manifest
    pages: tuple[Page, ...]
    bodies: Mapping[str, Document] = field(default_factory=dict)
    manifest_sha256: str | None = None
    remembered: dict[str, object] = field(default_factory=dict, init=False, repr=False)

    @property
    def authority(self) -> Authority:
        """The authority as the frame knew it when the site was visited."""
        return self.manifest.authority

    def page(self, page_class: PageClass, viewport: Viewport | None = None) -> Page | None:
        """Return the first readable page of a class (in a viewport), or None."""
        return next(iter(self.pages_of(page_class, viewport)), None)

    def pages_of(self, page_class: PageClass, viewport: Viewport | None = None) -> tuple[Page, ...]:
        """Return the readable pages of a class (in a viewport), in plan order."""
        return tuple(
            page
            for page in self.pages
            if page.readable
            and page.capture.page_class is page_class
            and (viewport is None or page.capture.viewport is viewport)
        )

    @cached_property
    def home(self) -> Page | None:
        """The home page on the desktop viewport, else as it was read without a browser."""
        return self.page(PageClass.HOME, Viewport.DESKTOP) or self.page(PageClass.HOME)

    @cached_property
    def mobile_home(self) -> Page | None:
        """The home page on the mobile viewport."""
        return self.page(PageClass.HOME, Viewport.MOBILE)

    @cached_property
    def readable_pages(self) -> tuple[Page, ...]:
        """Every page of the site that was read, the not-found probe left out, one viewport a page.

        The mobile one only where there is no other: a telephone may be shown another site.
        """
        seen: dict[tuple[PageClass, str], Page] = {}
        for page in self.pages:
            if not page.readable or page.capture.page_class in _NOT_ITS_OWN:
                continue
            key = (page.capture.page_class, page.capture.url)
            if key not in seen or seen[key].capture.viewport is Viewport.MOBILE:
                seen[key] = page
        return tuple(seen.values())

    @cached_property
    def followed(self) -> Mapping[str, Page]:
        """The pages of platforms elsewhere that were asked for as proof, read or not, by the address that led there."""
        return {page.capture.url: page for page in self.pages if page.capture.page_class is PageClass.PROVIDER}

    @cached_property
    def linked_plan(self) -> tuple[Page, ...]:
        """The pages of the plan that the site itself links to or lists, read or not. Guesses are left out."""
        return tuple(
            page
            for page in self.pages
            if page.capture.discovery in (Discovery.LINK, Discovery.SITEMAP)
            and page.capture.page_class not in (PageClass.HOME, *_NOT_ITS_OWN)
        )

    @cached_property
    def plan_complete(self) -> bool:
        """Whether enough of the plan was read for an absence to mean something.

        The home page and at least 60 % of the linked pages; a page that answered 404 counts as read.
        """
        if self.home is None:
            return False
        plan = self.linked_plan
        seen = sum(1 for page in plan if page.readable or page.capture.status in (404, 410))
        return seen >= PLAN_COVERAGE * len(plan)

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        """The URL variants as probed on the last visit."""
        return self.manifest.visits[-1].probes if self.manifest.visits else ()

    @cached_property
    def final_url(self) -> str | None:
        """Where the home page was finally read, or None."""
        return self.home.url if self.home else None

    @property
    def manifest_key(self) -> str:
        """The key of the manifest in the artefact store."""
        return manifest_key(self.manifest.audit)

    def tls_of(self, host: str) -> TlsRecord | None:
        """Return the judgement of a host's certificate, when it was inspected."""
        return next((record for record in self.manifest.tls if record.host == host), None)

    def home_hops(self) -> Iterable[Hop]:
        """Return the HTTP exchanges that led to the home page, last is the page itself."""
        return self.home.capture.hops if self.home else ()


Value = TypeVar("Value")


def once_per_site(function: Callable[[Site], Value]) -> Callable[[Site], Value]:
    """Make a pure function of a site run once for each site; its result lives as long as the site does."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def remembering(site: Site) -> Value:
        if name not in site.remembered:
            site.remembered[name] = function(site)
        return cast("Value", site.remembered[name])

    return remembering
