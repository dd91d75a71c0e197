"""Content codings, undone within a bound: a few kilobytes may stand for gigabytes."""

import zlib

ACCEPTED = "gzip, deflate"
"""What we ask for: only the codings whose decoder can be stopped in the middle of a chunk."""

_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class UndecodableBody(Exception):
    """The content coding is unknown, or the body is not in it."""


class BoundedDecoder:
    """Collects a body, decoded, up to a number of bytes. Raises UndecodableBody for a coding we did not ask for."""

    def __init__(self, coding: str, limit: int) -> None:
        names = [name.strip().lower() for name in coding.split(",") if name.strip()]
        names = [name.removeprefix("x-") for name in names if name != "identity"]
        if len(names) > 1 or not set(names) <= {"gzip", "deflate"}:
            raise UndecodableBody(f"content coding {coding[:50]}")
        self._coding = names[0] if names else None
        self._inflate: zlib._Decompress | None = None
        self._limit = limit
        self._read = 0
        self._body = bytearray()
        self.truncated = False

    @property
    def body(self) -> bytes:
        """What was decoded so far, at most the limit."""
        return bytes(self._body[: self._limit])

    def feed(self, chunk: bytes) -> None:
        """Decode a chunk. Sets ``truncated`` once there is more than the limit. Raises UndecodableBody."""
        self._read += len(chunk)
        if self._coding is None:
            self._body += chunk[: self._limit + 1 - len(self._body)]
        else:
            self._decompress(chunk)
        # Padding that decodes to nothing is bounded too.
        self.truncated = self.truncated or len(self._body) > self._limit or self._read > 2 * self._limit + 1024

    def _decompress(self, chunk: bytes) -> None:
        while chunk and len(self._body) <= self._limit:
            if self._inflate is None:
                self._inflate = zlib.decompressobj(_GZIP if self._coding == "gzip" else _window(chunk))
            try:
                self._body += self._inflate.decompress(chunk, self._limit + 1 - len(self._body))
            except zlib.error as error:
                raise UndecodableBody(f"{self._coding}: {error}") from error
            if not self._inflate.eof:
                return
            # RFC 1952 §2.2: members may follow one another; browsers ignore what else follows.
            chunk = self._inflate.unused_data if self._inflate.unused_data.startswith(b"\x1f\x8b") else b""
            self._inflate = None if chunk else self._inflate
            if not chunk:
                return


def _window(chunk: bytes) -> int:
    """Return zlib's window for a deflate body: RFC 9110 says zlib, old servers send it bare (RFC 1951)."""
    zlib_head = chunk[0] & 0x0F == 8 and (len(chunk) < 2 or int.from_bytes(chunk[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if zlib_head else _RAW
