"""One request to the corpus, and the raw way to answer it."""

import asyncio
from dataclasses import dataclass, field

from services.simulator.hostile.cases import Case


@dataclass(slots=True)
class Tally:
    """What one case has been asked, and how many bytes it has sent."""

    requests: int = 0
    sent_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. ``path`` keeps its query; ``headers`` have lower-case names."""

    case: Case
    scheme: str
    host: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Out:
    """The connection's other side. Raises OSError when the client has left."""

    writer: asyncio.StreamWriter
    tally: Tally = field(default_factory=Tally)

    async def send(self, data: bytes) -> None:
        """Send raw bytes as they are, at the client's pace."""
        if self.writer.transport.is_closing():
            raise ConnectionResetError("the client has left")
        self.writer.write(data)
        await self.writer.drain()
        # Draining an empty buffer does not let the loop run, and so never learns that the client has left.
        await asyncio.sleep(0)
        self.tally.sent_bytes += len(data)

    async def head(self, status: int, *headers: str) -> None:
        """Send a well-formed head that announces the connection's end."""
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Status')}", *headers, "Connection: close"]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"))

    async def page(self, body: str | bytes, *, status: int = 200, headers: tuple[str, ...] = ()) -> None:
        """Send a whole answer, HTML unless the headers say otherwise."""
        data = body.encode("utf-8") if isinstance(body, str) else body
        typed = any(header.lower().startswith("content-type:") for header in headers)
        kind = () if typed else ("Content-Type: text/html; charset=utf-8",)
        await self.head(status, *headers, *kind, f"Content-Length: {len(data)}")
        await self.send(data)

    async def redirect(self, location: str, status: int = 302, *headers: str) -> None:
        """Send a redirect."""
        await self.head(status, f"Location: {location}", "Content-Length: 0", *headers)


_PHRASES = {200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect"}
