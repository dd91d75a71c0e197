"""Compression and archives: taken off by content, refused when they explode, reported when they are cut."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from services.contracts.errors import BadInput
from services.scheduler.frame.documents import TooBig, documents
from services.scheduler.frame.importing import import_files
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.reading import read_file

DATA = Path(__file__).parent / "data"
DPNT = (DATA / "dpnt.json").read_bytes()
DILA = (DATA / "dila_dump.json").read_bytes()
TODAY = date(2026, 11, 23)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(**members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: data,
        gzip.compress,
        bz2.compress,
        lzma.compress,
        lambda data: zipped(a=data),
        lambda data: gzip.compress(zipped(a=data)),
        lambda data: bz2.compress(tarred(a=data)),
        lambda data: gzip.compress(tarred(a=gzip.compress(data))),
        lambda data: b"\xef\xbb\xbf" + data,
    ],
)
def test_a_file_is_read_through_any_wrapper(tmp_path: Path, wrap: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "file"
    path.write_bytes(wrap(DPNT))
    reading = read_file(path).readings["dpnt"]
    assert len(reading.entries) == 5


def test_a_tar_of_the_directory_gives_its_records_and_says_what_it_left_out(tmp_path: Path) -> None:
    path = tmp_path / "all_latest.tar.bz2"
    members = {"x-data.gouv_local.json": DILA, "commune/index.html": b"<html></html>", "empty.csv": b""}
    path.write_bytes(bz2.compress(tarred(**members)))
    result = import_files([path], base=load_national_frame(), forced=None, today=TODAY)
    assert result.frame.get("45300").declared_url == "http://www.sandillon.fr"
    assert result.notes == (
        "not read, in no known format: all_latest.tar.bz2!commune/index.html, all_latest.tar.bz2!empty.csv",
    )


def test_a_tar_that_holds_only_a_geographic_index_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "all_latest.tar"
    path.write_bytes(tarred(**{"x-data.gouv_commune.json": b'[{"nom": "Abzac", "codeInsee": "33001"}]'}))
    with pytest.raises(BadInput, match=r"none of the 1 members of all_latest.tar can be used: .* no known format"):
        read_file(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"[]", "holds no JSON records"),
        (b"<html>503</html>", "XML or a web page"),
        (b"a,b\n1,2\n", "in no known format"),
        (zipped(), "is empty"),
        (b"PK\x03\x04rubbish", "damaged or cut"),
        (gzip.compress(b"", mtime=0), "is empty"),
    ],
)
def test_what_is_no_data_is_bad_input(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read_file(path)


def test_an_encrypted_archive_is_bad_input(tmp_path: Path) -> None:
    data = bytearray(zipped(a=DPNT))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path = tmp_path / "file.zip"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="is encrypted"):
        read_file(path)


def drained(path: Path, *, floor: int) -> int:
    """Return how many bytes a file gave before it was refused."""
    read = 0
    try:
        for document in documents(path, floor=floor):
            while chunk := document.stream.read(65536):
                read += len(chunk)
    except TooBig:
        return read
    pytest.fail("the bomb went off")


@pytest.mark.parametrize(
    "compress", [gzip.compress, bz2.compress, lambda data: zipped(a=data), lambda d: bz2.compress(gzip.compress(d))]
)
def test_a_bomb_is_refused_before_it_fills_memory(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(compress(b"0" * 8_000_000))
    assert drained(path, floor=1_000_000) <= 1_000_000


def test_a_workbook_that_explodes_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(zipped(**{"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"0" * 8_000_000}))
    with pytest.raises(TooBig):
        list(documents(path, floor=1_000_000))


def test_archives_within_archives_end(tmp_path: Path) -> None:
    data = DPNT
    for _ in range(6):
        data = gzip.compress(data)
    path = tmp_path / "russian-doll"
    path.write_bytes(data)
    with pytest.raises(TooBig, match="archives within archives"):
        list(documents(path))


def test_a_cut_file_gives_what_came_before_the_cut_and_says_so(tmp_path: Path) -> None:
    rows = "".join(f"33063,https://exemple-{i}.fr\n" for i in range(40_000))
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(f"code,url\n{rows}".encode())[:-2000])
    result = import_files([path], base=load_national_frame(), forced=None, today=TODAY)
    assert result.tallies[0].read > 10_000
    assert result.rejects[0].reason.startswith("the file is damaged or cut")


def test_cut_json_gives_what_came_before_the_cut_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_bytes(DPNT[: DPNT.index(b'"Ain"')])
    result = import_files([path], base=load_national_frame(), forced=None, today=TODAY)
    assert (result.tallies[0].kept, result.tallies[0].rejected) == (2, 1)
    assert result.rejects[0].line == 3
    assert "not JSON from here on" in result.rejects[0].reason


def test_one_object_a_line_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"code":"33063","nom":"Bordeaux","codeDepartement":"33"}\n{"code":"33001","nom":"Abzac"}\n7\n')
    result = import_files([path], base=load_national_frame(), forced=None, today=TODAY)
    assert (result.tallies[0].kept, result.tallies[0].rejected) == (2, 1)
    assert result.rejects[0].reason == "is not a JSON object"
