"""Reaches a site without a browser: names, URL variants, certificates, robots.txt."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

from services.contracts.artefacts import ArtefactRef
from services.contracts.capture import Hop, Probe, RobotsRecord, TlsRecord, Visit
from services.contracts.failures import FailureKind
from services.contracts.hosts import host_of
from services.contracts.reasons import Reason
from services.fetcher.domain.politeness import answer_of
from services.fetcher.domain.retry import probe_may_pass
from services.fetcher.domain.robots import MAX_BYTES as ROBOTS_BYTES
from services.fetcher.domain.robots import Robots, read_robots, robots_url
from services.fetcher.domain.site_visit import other_entrances, resolves, worth_another_visit
from services.fetcher.domain.variants import url_variants
from services.fetcher.handlers.draft import Draft
from services.fetcher.handlers.keeping import Keeper
from services.fetcher.ports import Network, Pacer, Response
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import Clock

MAX_TLS_HOSTS = 4


class Reacher:
    """Asks a site for things without a browser, at the pace it is owed."""

    def __init__(self, network: Network, pacer: Pacer, keeper: Keeper, clock: Clock, settings: FetcherSettings) -> None:
        self._network = network
        self._pacer = pacer
        self._keeper = keeper
        self._clock = clock
        self._settings = settings
        self._robots: dict[str, Robots] = {}
        self._bodies: dict[str, ArtefactRef | None] = {}

    async def visit(self, draft: Draft, url: str) -> Visit:
        """Visit the URL variants until something answers or the attempts are used up; return the last visit.

        A further visit asks only for what may have passed, and holds the other probes of the one before.
        """
        visit = None
        for attempt in range(self._settings.connect_attempts):
            if attempt:
                await asyncio.sleep(self._settings.attempt_interval)
            visit = await self._visit(url, visit)
            draft.visits.append(visit)
            if not worth_another_visit(visit):
                break
        return draft.visits[-1]

    async def get(self, url: str) -> Response:
        """Fetch a URL when its host's turn has come."""
        async with self.turn(url):
            response = await self._network.get(
                url, max_bytes=self._settings.max_body_bytes, timeout=self._settings.page_timeout
            )
            self.learn(response.probe.hops)
        return response

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait until one more request to the URL's host is polite, and make it in the block."""
        host = _paced_host(url)
        await self._pacer.turn(host)
        try:
            yield
        finally:
            self._pacer.ended(host)

    def learn(self, hops: Sequence[Hop]) -> None:
        """Adopt the pace that the last of some exchanges asks for."""
        if hops:
            self._pacer.answered(_paced_host(hops[-1].url), answer_of(hops[-1]))

    def unwelcome(self, url: str) -> bool:
        """Whether the URL's host has refused us so often in a row that it should be left alone."""
        return self._pacer.unwelcome(_paced_host(url))

    async def certificates(self, draft: Draft, home: str) -> None:
        """Judge the certificates of every host of the site that was met."""
        visited = [probe.url for probe in draft.visits[-1].probes] if draft.visits else []
        hosts = {host_of(url): _tls_port(url) for url in [home, *visited] if url.startswith("https:")}
        found: list[TlsRecord | None] = await asyncio.gather(
            *(self._network.inspect_tls(host, port) for host, port in list(hosts.items())[:MAX_TLS_HOSTS])
        )
        draft.tls = tuple(record for record in found if record is not None)

    async def names(self, draft: Draft, address: str | None) -> None:
        """Ask the name servers what is published for the authority's mail, and whether its site's domain is signed."""
        domain = draft.message.authority.email_domain
        if domain and draft.mail is None:
            draft.mail = await self._network.mail(domain)
        if address is not None and draft.signed is None:
            draft.signed = await self._network.signed(host_of(address))

    async def security_txt(self, home: str) -> Probe | None:
        """Read where the site says whom to tell of a weakness (RFC 9116); None where it should not be asked."""
        address = urljoin(home, "/.well-known/security.txt")
        robots = await self.robots(home)
        if not robots.allowed(address) or self.unwelcome(address):
            return None
        response = await self.get(address)
        there = response.probe.final is not None and response.probe.final.status == 200
        return await self._keeper.probe(response) if there else response.probe

    async def home_robots(self, draft: Draft, home: str) -> Robots:
        """Read the robots.txt that rules the home page, keep its record, and adopt its pace."""
        robots = await self.robots(home)
        draft.robots = robots.record(home).model_copy(update={"body": self._bodies.get(robots.url)})
        self._adopt(robots)
        return robots

    def recall(self, record: RobotsRecord, body: bytes) -> None:
        """Take a robots.txt that an interrupted attempt had read for read."""
        hops = () if record.status is None else (Hop(url=record.url, status=record.status, at=self._clock.now()),)
        robots = read_robots(Probe(url=record.url, hops=hops), body, self._settings.user_agent_token)
        self._robots[record.url], self._bodies[record.url] = robots, record.body
        self._adopt(robots)

    async def robots(self, url: str) -> Robots:
        """Return the rules of a URL's origin, asked for once, or twice when the first failure may pass."""
        address = robots_url(url)
        if address not in self._robots:
            response = await self._robots_file(address)
            closed = response.probe.failure in (Reason.UNREACHABLE, Reason.DNS_FAILURE)
            if not closed and probe_may_pass(response.probe):
                response = await self._robots_file(address)
            self._robots[address] = read_robots(response.probe, response.body, self._settings.user_agent_token)
            self._bodies[address] = await self._keeper.body(response.body[:ROBOTS_BYTES])
        return self._robots[address]

    def _adopt(self, robots: Robots) -> None:
        if robots.crawl_delay:
            self._pacer.slow_down(_paced_host(robots.url), min(robots.crawl_delay, self._settings.max_crawl_delay))

    async def _probe(self, variant: str) -> Response:
        """Fetch a URL variant, unless the robots.txt of its origin keeps us out or does not answer either."""
        robots = await self.robots(variant)
        if robots.allowed(variant):
            return await self.get(variant)
        refusal = Probe(
            url=variant,
            failure=robots.failure or Reason.ROBOTS,
            kind=robots.kind or FailureKind.ROBOTS,
            failed_url=robots.url,
            detail=robots.detail or f"{robots.url} keeps us out",
        )
        return Response(probe=refusal)

    async def _robots_file(self, address: str) -> Response:
        async with self.turn(address):
            response = await self._network.get(
                address, max_bytes=ROBOTS_BYTES + 1, timeout=self._settings.connect_timeout
            )
            self.learn(response.probe.hops)
        return response

    async def _visit(self, url: str, before: Visit | None) -> Visit:
        at = self._clock.now()
        self._robots = {address: robots for address, robots in self._robots.items() if robots.failure is None}
        known = {probe.url: probe for probe in before.probes if not probe_may_pass(probe)} if before else {}
        variants = [variant for variant in url_variants(url) if variant not in known]
        hosts = list(dict.fromkeys(host_of(variant) for variant in url_variants(url)))
        dns = tuple(await asyncio.gather(*(self._network.lookup(host) for host in hosts)))
        alive = {host for host, record in zip(hosts, dns, strict=True) if resolves([record])}
        async with asyncio.TaskGroup() as group:
            # Their starts are spaced; a server that never answers is waited for once, not four times.
            asking = [group.create_task(self._probe(variant)) for variant in variants if host_of(variant) in alive]
        probes = [*known.values()] + [await self._keeper.probe(task.result()) for task in asking]
        probes += [await self._keeper.probe(await self._probe(variant)) for variant in other_entrances(probes)]
        return Visit(at=at, dns=dns, probes=tuple(probes))


def _paced_host(url: str) -> str:
    """Return the host whose pace a URL falls under: www and the bare name are one machine."""
    return host_of(url).removeprefix("www.")


def _tls_port(url: str) -> int:
    return urlsplit(url).port or 443
