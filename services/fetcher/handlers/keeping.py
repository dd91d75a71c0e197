"""Turns what was seen into records, with every body put in the artefact store first."""

import asyncio
from datetime import datetime

from services.contracts.artefacts import ArtefactRef, MediaType
from services.contracts.capture import FrameCapture, Hop, PageCapture, Probe, RequestRecord, Viewport
from services.contracts.failures import FailureKind
from services.contracts.hosts import host_of
from services.contracts.reasons import Reason
from services.fetcher.domain.html_bytes import to_utf8
from services.fetcher.domain.media_types import bare, is_readable
from services.fetcher.domain.page_plan import PlannedPage
from services.fetcher.domain.recording import Recording
from services.fetcher.handlers.draft import Draft
from services.fetcher.handlers.measuring import VisitMeasures
from services.fetcher.metrics import Stage
from services.fetcher.ports import ArchivedPage, Network, Pack, Rendered, Response
from services.runtime.artefacts import ArtefactStore


class Keeper:
    """Stores bodies, in threads, and counts their bytes. Raises StoreUnavailable."""

    def __init__(self, store: ArtefactStore, network: Network, measures: VisitMeasures) -> None:
        self._measures = measures
        self._store = store
        self._network = network
        self.bytes_stored = 0

    async def probe(self, response: Response) -> Probe:
        """Return the record of a probe, with its body stored."""
        kind = MediaType.HTML if bare(response.media_type) in (None, "text/html") else MediaType.TEXT
        return response.probe.model_copy(update={"body": await self._put(response.body, kind)})

    async def body(self, data: bytes) -> ArtefactRef | None:
        """Return the reference of a stored text body, None for an empty one."""
        return await self._put(data, MediaType.TEXT)

    async def rendered(self, page: PlannedPage, viewport: Viewport, seen: Rendered) -> PageCapture:
        """Return the record of a page shown by the browser."""
        frames = [
            FrameCapture(url=url[:2000], dom=ref)
            for url, data in seen.frames
            if (ref := await self._put(data, MediaType.HTML)) is not None
        ]
        return PageCapture(
            page_class=page.page_class,
            viewport=viewport,
            url=page.url,
            final_url=seen.final_url,
            discovery=page.discovery,
            link_text=page.link_text,
            status=seen.status,
            hops=tuple(self._located_hop(hop) for hop in seen.hops),
            failure=seen.failure,
            kind=seen.kind,
            detail=seen.detail,
            soft_timeout=seen.soft_timeout,
            truncated=seen.truncated,
            media_type=seen.media_type,
            dom=await self._put(seen.dom, MediaType.HTML),
            raw=await self._put(seen.raw, MediaType.HTML),
            frames=tuple(frames),
            screenshot=await self._picture(seen.screenshot),
            full_screenshot=await self._picture(seen.full_screenshot),
            requests=await self._log(seen.requests),
            layout=seen.layout,
            axe=seen.axe,
            lcp_ms=seen.lcp_ms,
            widths=dict(seen.widths),
            cookies=seen.cookies,
            at=seen.at,
        )

    async def fetched(self, page: PlannedPage, response: Response, at: datetime) -> PageCapture:
        """Return the record of a page read without a browser: its document as sent, in UTF-8."""
        probe = response.probe
        final = probe.final
        failure, kind, detail = probe.failure, probe.kind, probe.detail
        content_type = final.header("content-type") if final else None
        media_type = bare(response.media_type or content_type)
        if failure is None and not is_readable(media_type):
            failure, kind, detail = Reason.UNEXPECTED_CONTENT, FailureKind.NOT_A_PAGE, f"not a page: {media_type}"
        document = to_utf8(response.body, content_type) if failure is None else None
        return PageCapture(
            page_class=page.page_class,
            viewport=Viewport.HTTP,
            url=page.url,
            final_url=final.url if final else None,
            discovery=page.discovery,
            link_text=page.link_text,
            status=final.status if final else None,
            hops=probe.hops,
            failure=failure,
            kind=kind,
            detail=detail,
            truncated=probe.truncated,
            media_type=media_type,
            dom=await self._put(document, MediaType.HTML),
            at=at,
        )

    async def archive(self, recording: Recording, pack: Pack, draft: Draft, at: datetime) -> ArtefactRef | None:
        """Store the archive of a visit, with its readable pages as places to start from; None when nothing was met."""
        if not recording.exchanges:
            return None
        pages = {page.final_url or page.url: page for page in draft.pages if page.readable}
        starts = [
            ArchivedPage(url=url, title=page.link_text or page.page_class.value, at=page.at)
            for url, page in pages.items()
        ]
        title = f"{draft.message.authority.name} ({draft.message.audit})"
        return await self._put(await asyncio.to_thread(pack, recording, starts, title=title, at=at), MediaType.WACZ)

    async def _put(self, data: bytes | None, media_type: MediaType) -> ArtefactRef | None:
        if not data:
            return None
        with self._measures.stage(Stage.STORE):
            ref = await asyncio.to_thread(self._store.put, data, media_type)
        self.bytes_stored += ref.size
        return ref

    async def _picture(self, data: bytes | None) -> ArtefactRef | None:
        is_webp = data is not None and data[:4] == b"RIFF" and data[8:12] == b"WEBP"
        return await self._put(data, MediaType.WEBP if is_webp else MediaType.JPEG)

    async def _log(self, requests: tuple[RequestRecord, ...]) -> ArtefactRef | None:
        lines = [
            request.model_copy(update={"remote_address": self._address(request.url)}).model_dump_json()
            for request in requests
        ]
        return await self._put("\n".join(lines).encode(), MediaType.JSON_LINES)

    def _located_hop(self, hop: Hop) -> Hop:
        return hop.model_copy(update={"remote_address": hop.remote_address or self._address(hop.url)})

    def _address(self, url: str) -> str | None:
        # The browser only sees the egress proxy; the proxy knows where it connected.
        return self._network.remote_address(host_of(url))
