"""Captures the declared site of one authority: from its name servers to its last planned page."""

import asyncio
import hashlib

from pydantic import ValidationError

from services.contracts.artefacts import ArtefactRef, manifest_key, partial_key
from services.contracts.capture import Discovery, Manifest, PageCapture, PageClass, RobotsRecord, Viewport
from services.contracts.declared_url import normalise_declared_url
from services.contracts.errors import ArtefactCorrupt, BrowserUnavailable
from services.contracts.failures import FailureKind
from services.contracts.hosts import PlatformCategory, host_of, platform_of
from services.contracts.messages import FetchSite, SiteCaptured
from services.contracts.reasons import Reason
from services.fetcher.domain.html_bytes import decode
from services.fetcher.domain.links import Link, page_links
from services.fetcher.domain.meter import Meter, measure_with
from services.fetcher.domain.page_plan import PlannedPage, choose_pages, lacks_essentials
from services.fetcher.domain.proofs import choose_proofs
from services.fetcher.domain.readability import readable_without_browser
from services.fetcher.domain.recording import Recording, record_with
from services.fetcher.domain.scope import site_root, within_site
from services.fetcher.domain.site_visit import best_address, visit_failure
from services.fetcher.domain.sitemap import parse_sitemap
from services.fetcher.handlers.draft import Draft, home_page
from services.fetcher.handlers.keeping import Keeper
from services.fetcher.handlers.measuring import VisitMeasures
from services.fetcher.handlers.reaching import Reacher
from services.fetcher.handlers.reading import Reader
from services.fetcher.metrics import Stage
from services.fetcher.ports import Network, Pacer, Pack, Renderer
from services.fetcher.settings import MOST_PAGES, FetcherSettings
from services.runtime.artefacts import ArtefactStore
from services.runtime.clock import Clock


class FetchSiteHandler:
    """Handles FetchSite. Idempotent: a capture whose manifest is stored is only announced again.

    What a site does is recorded, never raised. Raises StoreUnavailable, and BrowserUnavailable on all
    but the last attempt.
    """

    def __init__(
        self,
        network: Network,
        pacer: Pacer,
        renderer: Renderer,
        store: ArtefactStore,
        clock: Clock,
        settings: FetcherSettings,
        *,
        user_agent: str,
        pack: Pack | None = None,
    ) -> None:
        self._network = network
        self._pacer = pacer
        self._renderer = renderer
        self._store = store
        self._clock = clock
        self._settings = settings
        self._user_agent = user_agent
        self._pack = pack

    async def __call__(self, message: FetchSite) -> SiteCaptured:
        """Capture the site within the budget and commit whatever was seen by then."""
        key = manifest_key(message.audit)
        if await asyncio.to_thread(self._store.exists, key):
            return SiteCaptured(audit=message.audit, manifest_key=key)
        measures = VisitMeasures()
        try:
            manifest, bytes_stored = await self._capture(message, measures)
        except Exception:
            measures.failed()
            raise
        measures.ended(manifest)
        return SiteCaptured(audit=message.audit, manifest_key=key, bytes_stored=bytes_stored)

    async def _capture(self, message: FetchSite, measures: VisitMeasures) -> tuple[Manifest, int]:
        """Make the capture and store it; return its manifest and how many bytes were stored."""
        self._network.refuse(message.refused_hosts)
        draft = Draft(message=message, started_at=self._clock.now(), user_agent=self._user_agent)
        meter = Meter(max_requests=self._settings.max_site_requests, max_bytes=self._settings.max_site_bytes)
        measure_with(meter)
        wanted = self._pack is not None and (message.wacz or self._settings.wacz)
        recording = Recording(self._settings.max_wacz_bytes) if wanted else None
        record_with(recording)
        if recording is None:
            await asyncio.to_thread(self._resume, draft, meter)
        before = meter.cost()
        keeper = Keeper(self._store, self._network, measures)
        reacher = Reacher(self._network, self._pacer, keeper, self._clock, self._settings)
        budget = asyncio.timeout(self._settings.site_budget)
        try:
            async with budget, self._renderer.visit() as visit:
                reader = Reader(reacher, visit, keeper, self._clock)
                visitor = _Visitor(draft, reacher, reader, self._renderer, self._store, self._settings, measures)
                await visitor.run()
        except TimeoutError:
            if not budget.expired():
                raise
            draft.give_up(FailureKind.BUDGET_TIMEOUT, "the site's time was used up", self._clock.now())
        except BrowserUnavailable as error:
            if not draft.last_attempt:
                draft.cost = meter.cost()
                await asyncio.to_thread(self._commit, partial_key(message.audit), draft.manifest(self._clock.now()))
                raise
            draft.give_up(FailureKind.CRASH, str(error), self._clock.now())
        finally:
            measures.cost(before, meter.cost())
        draft.cost = meter.cost()
        self._locate(draft)
        if recording is not None and self._pack is not None:
            draft.wacz = await keeper.archive(recording, self._pack, draft, self._clock.now())
        manifest = draft.manifest(self._clock.now())
        with measures.stage(Stage.STORE):
            await asyncio.to_thread(self._commit, manifest_key(message.audit), manifest)
        return manifest, keeper.bytes_stored

    def _locate(self, draft: Draft) -> None:
        """Note the countries of the addresses that the home page came from and that the mail goes to."""
        exchanges = draft.mail.exchanges if draft.mail else ()
        addresses = [draft.manifest(self._clock.now()).address, *(a for e in exchanges for a in e.addresses)]
        found = {address: self._network.country(address) for address in addresses if address}
        draft.countries = {address: country for address, country in found.items() if country}

    def _resume(self, draft: Draft, meter: Meter) -> None:
        """Go on from what an interrupted attempt had seen. Not for an archive, which must hold the whole visit."""
        key = partial_key(draft.message.audit)
        if not self._store.exists(key):
            return
        try:
            seen = Manifest.model_validate_json(self._store.get_document(key))
        except (ArtefactCorrupt, ValidationError):
            # Cut off while it was written, or of another version: the visit begins anew.
            return
        draft.resume(seen)
        meter.carry(seen.cost)

    def _commit(self, key: str, manifest: Manifest) -> None:
        self._store.put_document(key, manifest.model_dump_json().encode())


class _Visitor:
    """The steps of one capture, in their order."""

    def __init__(
        self,
        draft: Draft,
        reacher: Reacher,
        reader: Reader,
        renderer: Renderer,
        store: ArtefactStore,
        settings: FetcherSettings,
        measures: VisitMeasures,
    ) -> None:
        self._measures = measures
        self._draft = draft
        self._reacher = reacher
        self._reader = reader
        self._renderer = renderer
        self._store = store
        self._settings = settings

    async def run(self) -> None:
        address = self._declared_address()
        with self._measures.stage(Stage.PROBE):
            home = await self._reach(address) if address is not None else None
            await self._reacher.names(self._draft, address)
        if home is not None:
            await self._show_site(home)

    async def _reach(self, address: str) -> str | None:
        """Return the address to show as the home page; None when there is none, which the draft then explains."""
        draft = self._draft
        resumed = draft.robots is not None
        if draft.robots is not None:
            await self._recall(draft.robots)
        visit = draft.visits[-1] if resumed else await self._reacher.visit(draft, address)
        home = best_address(address, visit)
        if home is None:
            reason, detail = visit_failure(visit)
            draft.fail(reason, detail)
            if reason in (Reason.ROBOTS, Reason.SERVER_ERROR):
                refusal = next(probe for probe in visit.probes if probe.failure is reason)
                await self._reacher.home_robots(draft, refusal.url)
            await self._reacher.certificates(draft, address)
            return None
        probe = next(probe for probe in visit.probes if probe.url == home)
        landing = probe.final.url if probe.final else home
        if not resumed:
            await self._reacher.certificates(draft, landing)
        robots = await self._reacher.home_robots(draft, landing)
        if not robots.allowed(landing):
            draft.fail(robots.failure or Reason.ROBOTS, f"{robots.url} keeps us out")
            return None
        return home

    async def _recall(self, robots: RobotsRecord) -> None:
        """Take up what an interrupted attempt had read of robots.txt: it had got as far as the browser."""
        body = await asyncio.to_thread(self._store.get, robots.body) if robots.body else b""
        self._reacher.recall(robots, body)

    def _declared_address(self) -> str | None:
        """Return the URL to visit; None when there is none to visit, which is a complete capture."""
        declared = normalise_declared_url(self._draft.message.authority.declared_url)
        self._draft.url = declared.url
        self._draft.url_problem = declared.problem.value if declared.problem else None
        self._draft.other_urls = declared.others
        if declared.url is None:
            return None
        platform = platform_of(host_of(declared.url))
        # A page on a social network is not a site, and networks answer robots with a log-in page.
        return None if platform and platform.category is PlatformCategory.SOCIAL else declared.url

    async def _show_site(self, home: str) -> None:
        draft = self._draft
        page = home_page(home)
        draft.expect(page, Viewport.DESKTOP)
        draft.expect(page, Viewport.MOBILE)
        with self._measures.stage(Stage.RENDER):
            draft.browser = await self._renderer.version()
            await self._reader.show(draft, Viewport.DESKTOP, [page], screenshots=True)
        desktop = self._home(Viewport.DESKTOP)
        with self._measures.stage(Stage.PAGES):
            plan = await self._plan(desktop) if desktop else ()
        first: dict[PageClass, PlannedPage] = {}
        for planned in plan:
            if planned.mobile and planned.discovery is not Discovery.GUESS:
                first.setdefault(planned.page_class, planned)
        for planned in first.values():
            draft.expect(planned, Viewport.MOBILE)
        with self._measures.stage(Stage.RENDER):
            await self._reader.show(draft, Viewport.MOBILE, [page], then=lambda: list(first.values()), screenshots=True)
        if desktop:
            with self._measures.stage(Stage.PAGES):
                draft.readable_without_browser = await self._readable(desktop)
                await self._reader.read(draft, [*plan, self._unknown_page(desktop)])
                await self._reader.read(draft, await asyncio.to_thread(self._proofs, desktop))
                draft.security_txt = await self._reacher.security_txt(desktop.final_url or desktop.url)

    def _home(self, viewport: Viewport) -> PageCapture | None:
        """Return the captured home page when it is one that links can be followed from."""
        homes = (p for p in self._draft.pages if p.page_class is PageClass.HOME and p.viewport is viewport)
        home = next(homes, None)
        if home is None or not home.readable:
            return None
        platform = platform_of(host_of(home.final_url or home.url))
        return None if platform and platform.category is PlatformCategory.SOCIAL else home

    async def _plan(self, home: PageCapture) -> tuple[PlannedPage, ...]:
        address = home.final_url or home.url
        links = await asyncio.to_thread(self._links, home)
        listed = await self._sitemap(address) if lacks_essentials(address, links) else ()
        most = min(self._draft.message.max_pages or self._settings.max_pages, MOST_PAGES)
        plan = choose_pages(address, links, listed, max_pages=most)
        for page in plan:
            self._draft.expect(page, Viewport.HTTP)
        return plan

    def _proofs(self, home: PageCapture) -> tuple[PlannedPage, ...]:
        """Return the pages of platforms elsewhere to which the pages that were read lead."""
        if not self._settings.max_proofs:
            return ()
        pages = (page for page in self._draft.pages if page.readable and page.viewport is not Viewport.MOBILE)
        links = [link for page in pages for link in self._links(page)]
        proofs = choose_proofs(home.final_url or home.url, links, most=self._settings.max_proofs)
        for page in proofs:
            self._draft.expect(page, Viewport.HTTP)
        return proofs

    def _links(self, home: PageCapture) -> tuple[Link, ...]:
        refs = [(home.final_url or home.url, home.dom), *((frame.url, frame.dom) for frame in home.frames)]
        documents = [(url, self._store.get(ref).decode("utf-8", errors="replace")) for url, ref in refs if ref]
        return page_links(documents)

    async def _sitemap(self, home: str) -> tuple[str, ...]:
        """Return the pages that the site's sitemap lists: one file, or one that its index names."""
        robots = await self._reacher.robots(home)
        urls = [url for url in robots.sitemaps if within_site(home, url)] or [site_root(home) + "sitemap.xml"]
        for _ in range(2):
            if not robots.allowed(urls[0]):
                return ()
            response = await self._reacher.get(urls[0])
            final = response.probe.final
            found = parse_sitemap(response.body) if final is not None and final.status == 200 else None
            if found is None:
                return ()
            if not found.index:
                return found.locations
            children = [url for url in found.locations if within_site(home, url)]
            urls = sorted(children, key=lambda url: "page" not in url.rsplit("/", 1)[-1])
            if not urls:
                return ()
        return ()

    async def _readable(self, home: PageCapture) -> bool:
        if home.dom is None:
            return False
        source = home.raw or self._probed_body(home.url)
        sent = await asyncio.to_thread(self._store.get, source) if source else None
        shown = await asyncio.to_thread(self._store.get, home.dom)
        return readable_without_browser(
            decode(sent) if sent is not None else None,
            shown.decode("utf-8", errors="replace"),
        )

    def _probed_body(self, url: str) -> ArtefactRef | None:
        probes = self._draft.visits[-1].probes if self._draft.visits else ()
        return next((probe.body for probe in probes if probe.url == url), None)

    def _unknown_page(self, home: PageCapture) -> PlannedPage:
        """Return a path that no site has, the same for every attempt at this audit."""
        path = hashlib.sha256(str(self._draft.message.audit).encode()).hexdigest()[:32]
        page = PlannedPage(
            url=site_root(home.final_url or home.url) + path,
            page_class=PageClass.NOT_FOUND_PROBE,
            discovery=Discovery.GUESS,
        )
        self._draft.expect(page, Viewport.HTTP)
        return page
