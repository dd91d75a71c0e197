"""The documents inside a file: compression and archives taken off, by content and not by name, within bounds."""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from services.contracts.errors import BadInput

BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
"""What reading a damaged or cut file raises."""

_BUFFER = 1 << 16
_FLOOR = 64 * 1024 * 1024
_RATIO = 100
"""Real files expand 5 to 40 times; a bomb expands a thousand times and more."""
_MAX_DEPTH = 3
_XLSX_PART = "xl/workbook.xml"


class TooBig(BadInput):
    """A file expands far beyond what a table of authorities can hold."""


@dataclass(frozen=True, slots=True)
class Document:
    """One uncompressed document: ``archive.zip!member.csv`` when it comes from an archive.

    ``head`` is its beginning, not consumed from the stream. ``xlsx`` documents have a seekable stream.
    """

    name: str
    stream: BinaryIO
    head: bytes
    xlsx: bool = False
    member: bool = False


@dataclass(slots=True)
class _Budget:
    """How many more bytes the documents of one file may expand to."""

    left: int

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooBig(f"expands to more than {_RATIO} times its size: refused")


class _Bounded(io.RawIOBase):
    """A stream whose reading is counted. It fills the buffer it is given, so that a peek sees a full head.

    Closing it leaves the inner stream open: whoever opened that one closes it.
    """

    def __init__(self, inner: BinaryIO, budget: _Budget) -> None:
        self._inner = inner
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        filled = 0
        while filled < len(buffer):
            chunk = self._inner.read(len(buffer) - filled)
            if not chunk:
                break
            buffer[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        self._budget.spend(filled)
        return filled


def documents(path: Path, *, floor: int = _FLOOR) -> Iterator[Document]:
    """Yield the documents of a file, each to be read before the next one is asked for.

    Raises BadInput when the file cannot be opened, TooBig when it expands beyond ``floor`` bytes and
    a hundred times its size, and one of `BROKEN` when it is damaged.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error
    with file:
        budget = _Budget(max(floor, _RATIO * path.stat().st_size))
        yield from _unwrap(path.name, _counted(cast("BinaryIO", file), budget), budget, depth=0)


def _unwrap(name: str, stream: io.BufferedReader, budget: _Budget, *, depth: int) -> Iterator[Document]:
    head = stream.peek(_BUFFER)
    if depth > _MAX_DEPTH:
        raise TooBig(f"{name}: archives within archives within archives")
    inner = _decompressor(stream, head)
    if inner is not None:
        yield from _unwrap(name, _counted(inner, budget), budget, depth=depth + 1)
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _unzip(name, stream, budget, depth)
    elif head[257:262] == b"ustar":
        yield from _untar(name, stream, budget, depth)
    else:
        yield Document(name, stream, head, member="!" in name)


def _decompressor(stream: io.BufferedReader, head: bytes) -> BinaryIO | None:
    if head.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if head.startswith(b"BZh"):
        return cast("BinaryIO", bz2.BZ2File(stream))
    if head.startswith(b"\xfd7zXZ\x00"):
        return cast("BinaryIO", lzma.LZMAFile(stream))
    return None


def _unzip(name: str, stream: io.BufferedReader, budget: _Budget, depth: int) -> Iterator[Document]:
    with tempfile.SpooledTemporaryFile(max_size=_FLOOR) as spool:
        while chunk := stream.read(_BUFFER):
            spool.write(chunk)
        with zipfile.ZipFile(cast("BinaryIO", spool)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if any(member.filename == _XLSX_PART for member in members):
                # openpyxl unzips by itself: what it will read is counted before. zipfile reads no more than stated.
                budget.spend(sum(member.file_size for member in members))
                yield Document(name, cast("BinaryIO", spool), b"", xlsx=True, member="!" in name)
                return
            for member in members:
                if member.flag_bits & 1:
                    raise BadInput(f"{name}!{member.filename} is encrypted: decrypt it first")
                with archive.open(member) as inner:
                    counted = _counted(cast("BinaryIO", inner), budget)
                    yield from _unwrap(f"{name}!{member.filename}", counted, budget, depth=depth + 1)


def _untar(name: str, stream: io.BufferedReader, budget: _Budget, depth: int) -> Iterator[Document]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            inner = archive.extractfile(member) if member.isfile() else None
            if inner is not None:
                counted = _counted(cast("BinaryIO", inner), budget)
                yield from _unwrap(f"{name}!{member.name}", counted, budget, depth=depth + 1)


def _counted(inner: BinaryIO, budget: _Budget) -> io.BufferedReader:
    return io.BufferedReader(_Bounded(inner, budget), _BUFFER)
