"""The request log of a rendered page, and the redirect chain of its document."""

import asyncio
from collections.abc import Sequence

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request, Response

from services.contracts.capture import Header, Hop, RequestRecord
from services.fetcher.domain.proxy_messages import EGRESS_HEADER
from services.fetcher.domain.response_headers import bounded_headers
from services.runtime.clock import Clock

MAX_URL = 2000
_DETAIL_SECONDS = 2.0
"""Time for asking the browser about sizes and raw headers; what is missing then stays at zero."""


async def request_records(requests: Sequence[Request]) -> tuple[RequestRecord, ...]:
    """Return the records of the requests in order of sending, times relative to the first of them."""
    requests = tuple(requests)  # the page goes on asking while it is asked about
    began = min((r.timing["startTime"] for r in requests if r.timing["startTime"] > 0), default=0.0)
    sizes = [asyncio.ensure_future(_transferred(request)) for request in requests]
    if sizes:
        _, late = await asyncio.wait(sizes, timeout=_DETAIL_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    return tuple(
        _record(request, 0 if size.cancelled() else size.result(), began)
        for request, size in zip(requests, sizes, strict=True)
    )


async def hops(documents: Sequence[Response], clock: Clock) -> tuple[Hop, ...]:
    """Return the exchanges that led to the page, HTTP redirects and client-side ones, oldest first."""
    return tuple([await _hop(response, clock) for response in documents])


async def _hop(response: Response, clock: Clock) -> Hop:
    try:
        async with asyncio.timeout(_DETAIL_SECONDS):
            pairs = [(entry["name"], entry["value"]) for entry in await response.headers_array()]
    except (TimeoutError, PlaywrightError):
        pairs = list(response.headers.items())
    timing = response.request.timing
    return Hop(
        url=response.url[:MAX_URL],
        status=response.status,
        headers=tuple(Header(name=name, value=value) for name, value in bounded_headers(pairs)),
        seconds=max(timing["responseStart"], 0.0) / 1000,
        at=clock.now(),
    )


async def _transferred(request: Request) -> int:
    if request.timing["responseEnd"] < 0 or request.failure:
        return 0
    try:
        sizes = await request.sizes()
    except PlaywrightError:
        return 0
    return max(sizes["responseBodySize"], 0) + max(sizes["responseHeadersSize"], 0)


def _record(request: Request, transferred: int, began: float) -> RequestRecord:
    response = request.existing_response
    timing = request.timing
    end = max(timing["responseEnd"], timing["responseStart"], 0.0)
    refusal = response.headers.get(EGRESS_HEADER) if response else None
    if refusal is not None:
        # Our own proxy answered: no server did.
        response, transferred = None, 0
    media_type = response.headers.get("content-type") if response else None
    failure = f"not connected: {refusal}" if refusal is not None else request.failure
    return RequestRecord(
        url=request.url[:MAX_URL],
        method=request.method,
        resource_type=request.resource_type,
        status=response.status if response else None,
        media_type=media_type.split(";")[0].strip().lower()[:100] if media_type else None,
        transfer_bytes=transferred,
        start_ms=round(max(timing["startTime"] - began, 0.0), 1) if timing["startTime"] > 0 else 0.0,
        duration_ms=round(end, 1),
        failure=failure[:200] if failure else None,
    )
