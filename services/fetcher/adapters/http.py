"""Fetching without a browser: one URL, followed through its redirects, each hop judged and recorded."""

import asyncio
import ssl
from dataclasses import dataclass, field

import httpcore
import httpx

from services.contracts.capture import Header, Hop, Probe
from services.contracts.errors import AuditError
from services.contracts.failures import FailureKind, reason_of, status_kind
from services.fetcher.adapters.egress import Egress, count_refusal
from services.fetcher.adapters.http_failures import kind_of_error
from services.fetcher.adapters.http_transport import EgressTransport
from services.fetcher.adapters.trust import Trust
from services.fetcher.domain.decoding import ACCEPTED, BoundedDecoder, UndecodableBody
from services.fetcher.domain.meter import current_meter
from services.fetcher.domain.recording import MAX_BODY, Exchange, current_recording
from services.fetcher.domain.response_headers import bounded_headers
from services.fetcher.domain.url_policy import Refusal, SafeUrl, check_url, resolve_link
from services.fetcher.ports import Response
from services.runtime.clock import Clock

MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_COOKIE_HEADER = 8192
_MAX_DETAIL = 300


@dataclass(slots=True)
class _Trail:
    """What is known of a fetch so far."""

    url: str
    at: str
    hops: list[Hop] = field(default_factory=list)
    failure: FailureKind | None = None
    detail: str = ""
    verified_tls: bool = True
    awaited: FailureKind = FailureKind.CONNECT_TIMEOUT
    """What it is that has not come yet, should the time be over now."""
    body: BoundedDecoder | None = None
    cut: bool = False
    media_type: str | None = None

    def fail(self, kind: FailureKind, detail: str) -> None:
        self.failure, self.detail = kind, detail[:_MAX_DETAIL]

    def cut_short(self, kind: FailureKind, detail: str) -> None:
        """Keep what was read of a body that ended early, as browsers do; without any, it is a failure."""
        if self.body is not None and self.body.body:
            self.cut, self.detail = True, detail[:_MAX_DETAIL]
        else:
            self.fail(kind, detail)

    def response(self) -> Response:
        body = self.body.body if self.body and self.failure is None else b""
        probe = Probe(
            url=self.url,
            hops=tuple(self.hops),
            failure=reason_of(self.failure) if self.failure else None,
            kind=self.failure or self._kind_of_answer(body),
            failed_url=self.at if self.failure else None,
            detail=self.detail,
            verified_tls=self.verified_tls,
            truncated=self.cut or (self.body is not None and self.body.truncated),
        )
        return Response(probe=probe, body=body, media_type=self.media_type)

    def _kind_of_answer(self, body: bytes) -> FailureKind | None:
        if not self.hops:
            return None
        final = self.hops[-1]
        kind = status_kind(final.status)
        return FailureKind.EMPTY if kind is None and final.status < 300 and not body else kind


class HttpClient:
    """Gets URLs over the egress. Nothing is remembered from one call to the next."""

    def __init__(self, egress: Egress, trust: Trust, clock: Clock, user_agent: str) -> None:
        self._rules = egress.rules
        self._clock = clock
        self._strict = EgressTransport(egress, trust.strict)
        self._lax = EgressTransport(egress, trust.lax)
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "fr-FR,fr;q=0.9",
            "Accept-Encoding": ACCEPTED,
        }

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Response:  # noqa: ASYNC109
        """Fetch as the Network port promises. Cookies live from hop to hop: some sites loop without them."""
        trail = _Trail(url=url, at=url)
        try:
            async with asyncio.timeout(timeout):
                await self._follow(trail, max_bytes)
        except TimeoutError:
            trail.cut_short(trail.awaited, f"not complete within {timeout:g} s")
        except (AuditError, ssl.SSLError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            trail.cut_short(kind_of_error(error), str(error) or type(error).__name__)
        except UndecodableBody as error:
            trail.cut_short(FailureKind.UNDECODABLE, str(error))
        return trail.response()

    async def close(self) -> None:
        """Close every connection."""
        await self._strict.aclose()
        await self._lax.aclose()

    async def _follow(self, trail: _Trail, max_bytes: int) -> None:
        cookies = httpx.Cookies()
        seen: set[tuple[str, str]] = set()
        for _ in range(MAX_REDIRECTS + 1):
            url = check_url(trail.at, self._rules)
            if isinstance(url, Refusal):
                count_refusal(url)
                trail.fail(url.kind, url.detail)
                return
            state = (str(url), str(sorted((c.domain, c.path, c.name, c.value or "") for c in cookies.jar)))
            if state in seen:
                break
            seen.add(state)
            location = await self._hop(url, cookies, trail, max_bytes)
            if location is None:
                return
            trail.at = location
        trail.fail(FailureKind.REDIRECT_LOOP, f"after {len(trail.hops)} answers")

    async def _hop(self, url: SafeUrl, cookies: httpx.Cookies, trail: _Trail, max_bytes: int) -> str | None:
        """Make one exchange; return where it redirects to, or None once the final body is in the trail."""
        response = await self._exchange(url, cookies, trail)
        try:
            cookies.extract_cookies(response)
            location = response.headers.get("location")
            if response.status_code in _REDIRECTS and location:
                target = resolve_link(str(url), location)
                if target is None:
                    trail.fail(FailureKind.BAD_URL, f"malformed Location {location[:100]!r}")
                return target
            trail.media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower() or None
            trail.body = BoundedDecoder(response.headers.get("content-encoding", ""), max_bytes)
            async for chunk in response.aiter_raw():
                trail.body.feed(chunk)
                if trail.body.truncated:
                    break
            return None
        finally:
            _record(response, trail)
            await response.aclose()

    async def _exchange(self, url: SafeUrl, cookies: httpx.Cookies, trail: _Trail) -> httpx.Response:
        """Send one request, again without verification when the certificate is bad, and record the hop."""
        loop = asyncio.get_running_loop()
        request = self._request(url, cookies, trail)
        at, start = self._clock.now(), loop.time()
        trail.awaited = FailureKind.CONNECT_TIMEOUT
        try:
            response = await self._strict.handle_async_request(request)
        except ssl.SSLCertVerificationError:
            trail.verified_tls = False
            response = await self._lax.handle_async_request(request)
        trail.awaited = FailureKind.BODY_TIMEOUT
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream else None
        trail.hops.append(
            Hop(
                url=str(url),
                status=response.status_code,
                headers=tuple(
                    Header(name=name, value=value) for name, value in bounded_headers(response.headers.multi_items())
                ),
                remote_address=peer[0] if peer else None,
                seconds=round(loop.time() - start, 3),
                at=at,
            )
        )
        return response

    def _request(self, url: SafeUrl, cookies: httpx.Cookies, trail: _Trail) -> httpx.Request:
        meter = current_meter()

        async def trace(event: str, _: object) -> None:
            if event == "connection.connect_tcp.complete":
                trail.awaited = FailureKind.HEADERS_TIMEOUT
            if event == "http11.send_request_headers.started" and meter is not None:
                meter.sent()

        request = httpx.Request("GET", str(url), headers=self._headers, extensions={"trace": trace})
        cookies.set_cookie_header(request)
        if len(request.headers.get("cookie", "")) > _MAX_COOKIE_HEADER:
            del request.headers["cookie"]
        return request


def _record(response: httpx.Response, trail: _Trail) -> None:
    """Add the trail's last hop to the recording of the site, if there is one."""
    recording = current_recording()
    if recording is None:
        return
    hop, body = trail.hops[-1], trail.body
    recording.add(
        Exchange(
            url=hop.url,
            status=hop.status,
            request_headers=tuple(response.request.headers.multi_items()),
            response_headers=tuple(response.headers.multi_items()),
            body=body.body[:MAX_BODY] if body else b"",
            truncated=bool(body and (body.truncated or len(body.body) > MAX_BODY)),
            remote_address=hop.remote_address,
            at=hop.at,
        )
    )
