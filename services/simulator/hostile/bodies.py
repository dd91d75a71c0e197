"""Answers whose body is too much, too slow, or not what it says."""

import asyncio
import zlib
from base64 import b64decode
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

import zstandard

from services.simulator.hostile.asking import Ask, Out
from services.simulator.hostile.registry import handles
from services.simulator.hostile.town import read_page

_HTML = "Content-Type: text/html; charset=utf-8"
_KINDS = {"style": "Content-Type: text/css", "script": "Content-Type: text/javascript"}
_TWO_GIGABYTES = 2_000_000_000
_FILLER = b"<!-- " + b"." * 65_500 + b" -->"
_UNPACKED = 1_000_000_000
"""Bytes that a bomb becomes."""
_TITLE = b"<!doctype html><title>Saint-Exemple</title>"
_MEGABYTE = b"<p>mairie " * 100_000
_PATIENCE = 600


def _start() -> bytes:
    """Return the town's page without its end."""
    return read_page("town").split("</body>")[0].encode()


@handles("two-gigabytes")
async def two_gigabytes(_: Ask, out: Out) -> None:
    """Send a page of two gigabytes."""
    await out.head(200, _HTML, f"Content-Length: {_TWO_GIGABYTES}")
    await out.send(_start())
    for _step in range(_TWO_GIGABYTES // len(_FILLER)):
        await out.send(_FILLER)


@handles("endless-chunks")
async def endless_chunks(_: Ask, out: Out) -> None:
    """Send a chunked page that never ends, as fast as it is taken."""
    await out.head(200, _HTML, "Transfer-Encoding: chunked")
    await out.send(_chunk(_start()))
    while True:
        await out.send(_chunk(_FILLER))


@handles("tiny-chunks")
async def tiny_chunks(_: Ask, out: Out) -> None:
    """Send a chunked page that never ends, a byte a chunk."""
    await out.head(200, _HTML, "Transfer-Encoding: chunked")
    await out.send(_chunk(_start()))
    while True:
        await out.send(_chunk(b" ") * 500)
        await asyncio.sleep(0.02)


@handles("slow-body")
async def slow_body(_: Ask, out: Out) -> None:
    """Send the page one byte a second, from its first byte on."""
    await out.head(200, _HTML)
    for byte in _start()[:_PATIENCE]:
        await out.send(bytes([byte]))
        await asyncio.sleep(1)


@handles("slow-end")
async def slow_end(_: Ask, out: Out) -> None:
    """Send the page at once, and then one byte a second."""
    await out.head(200, _HTML)
    await out.send(_start())
    for _step in range(_PATIENCE):
        await out.send(b" ")
        await asyncio.sleep(1)


@handles("endless-image")
async def endless_image(_: Ask, out: Out) -> None:
    """Send a picture that never ends."""
    await out.head(200, "Content-Type: image/jpeg")
    await out.send(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    while True:
        await out.send(b"\xff\xfe\xff\xff" + b"." * 65_533)


def _bomb(coding: str, packed: Callable[[], bytes]) -> Callable[[Ask, Out], Awaitable[None]]:
    async def send(ask: Ask, out: Out) -> None:
        kind = _KINDS.get(ask.path.rpartition("/")[2], _HTML)
        await out.page(packed(), headers=(f"Content-Encoding: {coding}", kind))

    return send


@cache
def _gzip() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    start = packer.compress(_TITLE) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush equal input has equal output: no need to pack a gigabyte.
    again = packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * (_UNPACKED // len(_MEGABYTE))


@cache
def _zstd() -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    parts = [packer.compress(_TITLE), *(packer.compress(_MEGABYTE) for _ in range(_UNPACKED // len(_MEGABYTE)))]
    return b"".join(parts) + packer.flush()


@cache
def _brotli() -> bytes:
    # No brotli encoder is among our libraries: this is what one made of a page with 900 MB of « <p>mairie ».
    return b64decode(files(__package__).joinpath("bomb.br.b64").read_text(encoding="ascii"))


handles("bomb-gzip")(_bomb("gzip", _gzip))
handles("bomb-brotli")(_bomb("br", _brotli))
handles("bomb-zstd")(_bomb("zstd", _zstd))


@handles("bomb-twice")
async def bomb_twice(_: Ask, out: Out) -> None:
    """Send a gzip bomb within gzip."""
    await out.page(zlib.compress(_gzip(), wbits=31), headers=("Content-Encoding: gzip, gzip", _HTML))


@handles("gzip-broken")
async def gzip_broken(_: Ask, out: Out) -> None:
    """Send a page that says it is gzip and is not."""
    await out.page(read_page("town"), headers=("Content-Encoding: gzip", _HTML))


@handles("nodes")
async def nodes(_: Ask, out: Out) -> None:
    """Send a page of 100,000 elements."""
    await out.page(_start() + b"<div>" + b"<i>a</i> " * 100_000 + b"</div></body></html>")


@handles("deep")
async def deep(_: Ask, out: Out) -> None:
    """Send a page whose elements lie 5,000 deep."""
    await out.page(_start() + b"<div>" * 5_000 + b"fond" + b"</div>" * 5_000 + b"</body></html>")


@handles("attributes")
async def attributes(_: Ask, out: Out) -> None:
    """Send an element with 50,000 attributes and one of a megabyte."""
    many = b" ".join(b"data-a%d=1" % number for number in range(50_000))
    await out.page(_start() + b"<div " + many + b' title="' + b"a" * 1_000_000 + b'"></div></body></html>')


@handles("nul-bytes")
async def nul_bytes(_: Ask, out: Out) -> None:
    """Send a page with a NUL byte after every tag and inside words."""
    await out.page(_start().replace(b">", b">\x00\x00") + b"<p>mai\x00rie</p></body></html>")


@handles("invalid-utf8")
async def invalid_utf8(_: Ask, out: Out) -> None:
    """Send a page with bytes that are no UTF-8, some of them in the midst of characters."""
    await out.page(_start() + b"<p>\xff\xfe \xc3( \xe2\x82 \xf0\x28\x8c\xbc \xed\xa0\x80</p></body></html>")


@handles("charset-wrong")
async def charset_wrong(_: Ask, out: Out) -> None:
    """Send UTF-8 that the header calls UTF-16 and the page ISO-8859-1."""
    body = read_page("town").replace('<meta charset="utf-8">', '<meta charset="iso-8859-1">')
    await out.page(body, headers=("Content-Type: text/html; charset=x-does-not-exist",))


@handles("charset-missing")
async def charset_missing(_: Ask, out: Out) -> None:
    """Send windows-1252 without a word about it."""
    body = read_page("town").replace('<meta charset="utf-8">', "").encode("cp1252", errors="replace")
    await out.page(body, headers=("Content-Type: text/html",))


@handles("pdf-home")
async def pdf_home(_: Ask, out: Out) -> None:
    """Send a PDF as the home page."""
    await out.page(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", headers=("Content-Type: application/pdf",))


@handles("image-home")
async def image_home(_: Ask, out: Out) -> None:
    """Send a picture as the home page."""
    pixel = b64decode("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=")
    await out.page(pixel, headers=("Content-Type: image/gif",))


@handles("download-home")
async def download_home(_: Ask, out: Out) -> None:
    """Send the home page as a file to keep."""
    await out.page(read_page("town"), headers=('Content-Disposition: attachment; filename="mairie.html"',))


@handles("file-to-keep")
async def file_to_keep(_: Ask, out: Out) -> None:
    """Send a file to keep of ten megabytes."""
    size = 10_000_000
    await out.head(200, "Content-Type: application/zip", "Content-Disposition: attachment", f"Content-Length: {size}")
    for _step in range(size // 50_000):
        await out.send(b"PK" * 25_000)


@handles("no-content")
async def no_content(_: Ask, out: Out) -> None:
    """Answer that there is nothing to show."""
    await out.head(204)


@handles("iframe")
async def iframe(_: Ask, out: Out) -> None:
    """Send a page that stands in a frame."""
    await out.page("<!doctype html><p>Cadre</p><script>for (let i = 0; i < 1e5; i++) Math.sqrt(i)</script>")


@handles("content")
async def content(_: Ask, out: Out) -> None:
    """Send the town's page body for a script that puts it in place."""
    await out.page(read_page("town").split("<body>")[1].split("</body>")[0])


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n" % len(data) + data + b"\r\n"
