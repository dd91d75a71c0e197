"""The request log of a rendered page, and the redirect chain of its document."""

import asyncio
from collections.abc import Mapping, Sequence

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request, Response

from services.contracts.capture import Header, Hop, RequestRecord
from services.fetcher.domain.proxy_messages import EGRESS_HEADER
from services.fetcher.domain.response_headers import bounded_headers
from services.runtime.clock import Clock

MAX_URL = 2000
_DETAIL_SECONDS = 2.0
"""Time for asking the browser about raw headers; those it gave already are kept then."""


def request_records(requests: Sequence[Request], transferred: Mapping[str, int]) -> tuple[RequestRecord, ...]:
    """Return the records of the requests in order of sending, times relative to the first of them.

    ``transferred`` are the bytes by URL that the page itself was told; asking the browser about each request
    would cost as much as all that is known of it already. For the rest the announced length counts.
    """
    requests = tuple(requests)  # the page goes on asking while it is asked about
    began = min((r.timing["startTime"] for r in requests if r.timing["startTime"] > 0), default=0.0)
    return tuple(_record(request, transferred.get(request.url, 0), began) for request in requests)


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


def _record(request: Request, transferred: int, began: float) -> RequestRecord:
    response = request.existing_response
    timing = request.timing
    end = max(timing["responseEnd"], timing["responseStart"], 0.0)
    refusal = response.headers.get(EGRESS_HEADER) if response else None
    if refusal is not None:
        # Our own proxy answered: no server did.
        response, transferred = None, 0
    elif response is not None and end > 0:
        transferred = transferred or _announced(response)
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


def _announced(response: Response) -> int:
    length = response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 12 else 0
