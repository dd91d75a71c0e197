"""A small web in memory: one object that plays all of the fetcher's ports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.capture import (
    Header,
    Hop,
    LayoutMetrics,
    Manifest,
    Probe,
    TlsRecord,
    Viewport,
)
from services.contracts.errors import BrowserUnavailable
from services.contracts.mail import MailRecord, TextAnswer
from services.contracts.messages import FetchSite
from services.contracts.names import DnsRecord, DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.domain.politeness import Answer
from services.fetcher.ports import Rendered, Response

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXT = "<p>La mairie de Sainte-Colombe vous accueille du lundi au vendredi de neuf heures à midi.</p>" * 5


def page(*links: tuple[str, str], text: str = TEXT) -> str:
    anchors = "".join(f'<a href="{href}">{label}</a>' for href, label in links)
    return f"<html><body><nav>{anchors}</nav>{text}</body></html>"


@dataclass
class FakeSite:
    """What the web answers: URL -> HTML, (status, HTML), a redirect target or a failure."""

    answers: dict[str, str | tuple[int, str] | Reason] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    dns: dict[str, DnsStatus] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    rendered: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    shown: list[tuple[Viewport, str]] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    crashes: int = 0
    dies_on: dict[tuple[Viewport, str], int] = field(default_factory=dict)
    sessions: int = 0
    hang: set[str] = field(default_factory=set)

    async def lookup(self, host: str) -> DnsRecord:
        status = self.dns.get(host, DnsStatus.OK)
        return DnsRecord(name=host, status=status, a=("203.0.113.5",) if status is DnsStatus.OK else ())

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Response:  # noqa: ARG002, ASYNC109
        self.asked.append(url)
        if url in self.hang:
            await asyncio.sleep(3600)
        hops = []
        target = url
        while target in self.redirects:
            hops.append(Hop(url=target, status=301, at=AT))
            target = self.redirects[target]
        answer = self.answers.get(target, (404, "<h1>Page introuvable</h1>"))
        if isinstance(answer, Reason):
            return Response(probe=Probe(url=url, hops=tuple(hops), failure=answer, failed_url=target, detail="fake"))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        kind = "text/plain" if target.endswith(".txt") else "text/html; charset=utf-8"
        hops.append(Hop(url=target, status=status, headers=(Header(name="content-type", value=kind),), at=AT))
        return Response(probe=Probe(url=url, hops=tuple(hops)), body=body.encode()[:max_bytes], media_type=kind)

    async def mail(self, domain: str) -> MailRecord:
        nothing = TextAnswer(name=domain, status=DnsStatus.NO_DATA)
        return MailRecord(domain=domain, status=DnsStatus.NO_DATA, spf=nothing, dmarc=nothing)

    def country(self, address: str) -> str | None:
        return self.countries.get(address)

    async def signed(self, host: str) -> DnsStatus:
        assert host
        return DnsStatus.NO_DATA

    async def inspect_tls(self, host: str, port: int = 443) -> TlsRecord | None:
        return TlsRecord(host=host, port=port, handshake=True, verified=True, at=AT)

    def refuse(self, hosts: tuple[str, ...]) -> None:
        self.refused = hosts

    def remote_address(self, host: str) -> str | None:
        return "203.0.113.5" if host else None

    async def turn(self, host: str) -> None:
        self.turns.append(host)

    def ended(self, host: str) -> None:
        self.ends.append(host)

    def slow_down(self, host: str, seconds: float) -> None:
        self.delays[host] = seconds

    def answered(self, host: str, answer: Answer) -> None:
        self.refusals[host] = self.refusals.get(host, 0) + 1 if answer.refuses else 0

    def unwelcome(self, host: str) -> bool:
        return self.refusals.get(host, 0) >= 3

    async def version(self) -> str:
        return "Fake/1"

    def visit(self) -> AbstractAsyncContextManager["FakeSite"]:
        return nullcontext(self)

    @asynccontextmanager
    async def session(self, viewport: Viewport) -> AsyncIterator["FakeSession"]:
        self.sessions += 1
        yield FakeSession(self, viewport)


@dataclass
class FakeSession:
    site: FakeSite
    viewport: Viewport

    async def render(self, url: str, *, screenshots: bool) -> Rendered:
        if self.site.crashes:
            self.site.crashes -= 1
            raise BrowserUnavailable("the renderer crashed")
        if self.site.dies_on.get((self.viewport, url), 0) > 0:
            self.site.dies_on[self.viewport, url] -= 1
            raise BrowserUnavailable("the renderer crashed")
        self.site.shown.append((self.viewport, url))
        response = await self.site.get(url, max_bytes=10**6, timeout=1)
        self.site.asked.pop()
        final = response.probe.final
        if final is None:
            return Rendered(url=url, failure=response.probe.failure, detail="fake", at=AT)
        shown = self.site.rendered.get(final.url)
        return Rendered(
            url=url,
            final_url=final.url,
            status=final.status,
            hops=response.probe.hops,
            media_type="text/html",
            dom=shown.encode() if shown else b"<!-- shown -->" + response.body,
            raw=response.body,
            screenshot=b"RIFF0000WEBPpicture" if screenshots else None,
            layout=LayoutMetrics(
                device_width=360, content_width=360, content_width_without_fixed=360, content_height=9
            ),
            at=AT,
        )


def command(declared: str | None, attempt: int = 1) -> FetchSite:
    authority = Authority(code="33377", kind=Kind.COMMUNE, name="Sainte-Colombe", nature="COM", declared_url=declared)
    return FetchSite(audit=AuditId(campaign="t", code="33377"), authority=authority, attempt=attempt)


Capture = Callable[..., Awaitable[Manifest]]
