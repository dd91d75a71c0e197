"""Reads the documents of a shown page: the rendered DOM, those of its frames, and the source as sent."""

import asyncio
import json
import re
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Response
from pydantic import BaseModel, ValidationError

from services.fetcher.adapters.isolated_world import IsolatedWorld, PageUnreadable
from services.fetcher.domain.html_bytes import to_utf8

MAX_FRAMES = 20
MAX_FRAME_CHARS = 1_000_000
_DOM_SECONDS = 5.0
_RAW_SECONDS = 5.0
_FRAME_SECONDS = 2.0
_FRAMES_SECONDS = 6.0

_READ_DOM = """(limit => {
  const doctype = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\\n" : "";
  const html = doctype + (document.documentElement ? document.documentElement.outerHTML : "");
  const refresh = document.querySelector("meta[http-equiv='refresh' i]");
  return {
    url: location.href, html: html.slice(0, limit), truncated: html.length > limit,
    charset: document.characterSet, media_type: document.contentType,
    refresh: refresh ? refresh.content.slice(0, 2000) : "",
    transferred: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter(entry => entry.transferSize > 0).slice(0, 1000).map(entry => [entry.name, entry.transferSize]),
  };
})(%s)"""


_BLANK = re.compile(rb"\s*(?:<html>)?(?:<head></head>)?(?:<body></body>)?(?:</html>)?\s*", re.IGNORECASE)


class _Answer(BaseModel):
    url: str
    html: str
    truncated: bool
    charset: str
    media_type: str
    refresh: str
    transferred: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """The rendered DOM and what the browser says of it. ``refresh`` is the content of a meta refresh.

    ``transferred`` are the bytes of each resource that the browser tells the page about, by URL.
    """

    url: str
    dom: bytes
    truncated: bool
    charset: str
    media_type: str
    refresh: str
    transferred: dict[str, int]

    @property
    def blank(self) -> bool:
        """Whether the document is the one that a browser makes of no content."""
        return _BLANK.fullmatch(self.dom) is not None


async def read_document(world: IsolatedWorld, max_bytes: int) -> ShownDocument:
    """Return the rendered DOM, at most so many characters of it. Raises PageUnreadable."""
    value = await world.evaluate(_READ_DOM % json.dumps(max_bytes), seconds=_DOM_SECONDS)
    try:
        answer = _Answer.model_validate(value)
    except ValidationError as error:
        raise PageUnreadable("the page gave no document") from error
    data = answer.html.encode("utf-8", errors="replace")
    return ShownDocument(
        url=answer.url,
        dom=data[:max_bytes],
        truncated=answer.truncated or len(data) > max_bytes,
        charset=answer.charset,
        media_type=answer.media_type.lower(),
        refresh=answer.refresh,
        transferred=dict(answer.transferred),
    )


async def read_frames(page: Page, max_bytes: int) -> tuple[tuple[str, bytes], ...]:
    """Return the URL and document of at most MAX_FRAMES frames; one that does not answer is left out."""
    frames = [f for f in page.frames if f != page.main_frame and f.url.startswith(("http:", "https:", "about:srcdoc"))]
    found: list[tuple[str, bytes]] = []
    left = max_bytes
    try:
        async with asyncio.timeout(_FRAMES_SECONDS):
            for frame in frames[:MAX_FRAMES]:
                try:
                    async with asyncio.timeout(_FRAME_SECONDS):
                        data = (await frame.content())[:MAX_FRAME_CHARS].encode("utf-8", errors="replace")
                except (TimeoutError, PlaywrightError):
                    continue
                if len(data) > left:
                    break
                left -= len(data)
                found.append((frame.url, data))
    except TimeoutError:
        # Frames that never answer are third parties': the page itself was read.
        pass
    return tuple(found)


async def read_source(response: Response, charset: str, max_bytes: int) -> bytes | None:
    """Return the document as it was sent, in UTF-8 and cut at ``max_bytes``; None when it cannot be had."""
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        return None
    try:
        async with asyncio.timeout(_RAW_SECONDS):
            body = await response.body()
    except (TimeoutError, PlaywrightError):
        return None
    try:
        # Chromium hands text out in UTF-8, whatever it came in; only other bytes need the charset.
        body.decode("utf-8")
    except UnicodeDecodeError:
        return to_utf8(body, charset)[:max_bytes]
    return body[:max_bytes]
