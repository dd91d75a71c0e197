"""The archive of a visit is a WACZ that standard tools accept and replay, and holds nobody's secrets."""

import gzip
import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from services.fetcher.adapters.wacz import pack_wacz
from services.fetcher.domain.recording import Exchange, Recording, safe_headers
from services.fetcher.domain.surt import surt
from services.fetcher.ports import ArchivedPage

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = "https://www.colombe.fr/"
BODY = "<h1>Mairie de Sainte-Colombe, été</h1>".encode()
SECRETS = ("s3cr3t", "c00kie", "t0ken", "pr0xy")


def exchange(url: str = HOME, *, body: bytes = BODY, status: int = 200, at: datetime = AT) -> Exchange:
    return Exchange(
        url=url,
        status=status,
        request_headers=(
            ("Host", "www.colombe.fr"),
            ("User-Agent", "CommuneAudit/0.1"),
            ("Cookie", "session=c00kie"),
            ("Authorization", "Bearer t0ken"),
            ("Proxy-Authorization", "Basic pr0xy"),
        ),
        response_headers=(
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Set-Cookie", "session=s3cr3t; Path=/; HttpOnly"),
        ),
        body=body,
        remote_address="203.0.113.5",
        at=at,
    )


def packed(*exchanges: Exchange, max_bytes: int = 1_000_000) -> zipfile.ZipFile:
    recording = Recording(max_bytes)
    for one in exchanges:
        recording.add(one)
    pages = [ArchivedPage(url=HOME, title="home", at=AT)]
    return zipfile.ZipFile(io.BytesIO(pack_wacz(recording, pages, title="Sainte-Colombe", at=AT)))


def index(archive: zipfile.ZipFile) -> list[tuple[str, str, dict[str, str]]]:
    lines = archive.read("indexes/index.cdx").decode().splitlines()
    return [(key, moment, json.loads(fields)) for key, moment, fields in (line.split(" ", 2) for line in lines)]


def replayed(archive: zipfile.ZipFile, fields: dict[str, str]) -> tuple[str, bytes]:
    """Return the status and body at a place of the WARC, read as replay tools do: that record and no other."""
    warc = archive.read(f"archive/{fields['filename']}")
    start, length = int(fields["offset"]), int(fields["length"])
    records = list(ArchiveIterator(io.BytesIO(warc[start : start + length])))
    assert len(records) <= 1
    record = next(iter(ArchiveIterator(io.BytesIO(warc[start : start + length]))))
    return record.http_headers.get_statuscode(), record.content_stream().read()


def test_the_index_leads_to_each_answer() -> None:
    archive = packed(
        exchange(),
        exchange("https://www.colombe.fr/Contact?b=2&a=1", body=b"contact", at=AT + timedelta(seconds=4)),
        exchange("https://www.colombe.fr/absent", body=b"", status=404),
    )
    found = {(key, moment): replayed(archive, fields) for key, moment, fields in index(archive)}
    assert found == {
        ("fr,colombe)/", "20261123120000"): ("200", BODY),
        ("fr,colombe)/contact?a=1&b=2", "20261123120004"): ("200", b"contact"),
        ("fr,colombe)/absent", "20261123120000"): ("404", b""),
    }
    keys = [line[:2] for line in index(archive)]
    assert keys == sorted(keys)


def test_no_cookie_value_and_no_credential_is_stored() -> None:
    warc = gzip.decompress(packed(exchange()).read("archive/data.warc.gz")).decode("utf-8", errors="replace")
    assert not [secret for secret in SECRETS if secret in warc]
    assert "set-cookie: session=<6>; Path=/; HttpOnly" in warc
    assert "user-agent: CommuneAudit/0.1" in warc
    assert re.search(r"redaction: .*Set-Cookie", warc)
    assert "content-encoding" not in warc
    assert f"content-length: {len(BODY)}" in warc


def test_a_recording_is_bounded_and_says_what_it_leaves_out() -> None:
    bodies = [bytes([number]) * 400 for number in range(5)]
    archive = packed(*(exchange(f"{HOME}{number}", body=body) for number, body in enumerate(bodies)), max_bytes=1_500)
    assert 0 < len(index(archive)) < 5
    warc = gzip.decompress(archive.read("archive/data.warc.gz"))
    assert f"omitted: {5 - len(index(archive))} exchanges".encode() in warc


def test_the_same_answer_is_kept_once() -> None:
    assert len(index(packed(exchange(), exchange(), exchange(body=b"mobile")))) == 2


def test_a_standard_validator_accepts_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "site.wacz"
    archive = packed(exchange(), exchange(f"{HOME}image.png", body=b"\x89PNG"))
    path.write_bytes(archive.fp.getvalue())  # type: ignore[union-attr]
    validator = [sys.executable, "-c", "from wacz.main import main; main()", "validate", "-f", path]
    result = subprocess.run(validator, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the passed WACZ is valid" in result.stdout


def test_a_standard_indexer_makes_the_same_index_of_the_archive(tmp_path: Path) -> None:
    urls = (HOME, f"{HOME}Contact?b=2&a=1", "http://colombe.fr:8080/x/", f"{HOME}%C3%A9t%C3%A9", f"{HOME}a;b=1?c")
    archive = packed(*(exchange(url, body=url.encode()) for url in urls))
    (tmp_path / "data.warc.gz").write_bytes(archive.read("archive/data.warc.gz"))
    indexer = [sys.executable, "-c", "from cdxj_indexer.main import main; main()", "-s", tmp_path / "data.warc.gz"]
    result = subprocess.run(indexer, capture_output=True, text=True, check=True, timeout=120)
    theirs = [line.split(" ", 2) for line in result.stdout.splitlines()]
    expected = [(key, moment, json.loads(fields)) for key, moment, fields in theirs]
    wanted = ("url", "offset", "length", "status", "mime", "digest")
    assert [(k, m, {f: d[f] for f in wanted}) for k, m, d in index(archive)] == [
        (k, m, {f: d[f] for f in wanted}) for k, m, d in expected
    ]


@given(st.text(max_size=30), st.text(max_size=30), st.binary(max_size=60))
def test_whatever_a_server_sends_is_packed_and_read_back(name: str, value: str, body: bytes) -> None:
    strange = exchange(body=body)
    archive = packed(
        Exchange(url=HOME, status=299, response_headers=((name, value),), body=strange.body, at=AT),
    )
    assert [replayed(archive, fields) for _, _, fields in index(archive)] == [("299", body)]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Colombe.fr", "fr,colombe)/"),
        ("https://www2.colombe.fr:443/A/?B=1", "fr,colombe)/a?b=1"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080)/x"),
    ],
)
def test_addresses_are_keyed_as_web_archives_do(url: str, key: str) -> None:
    assert surt(url) == key


def test_headers_of_http_2_are_not_headers() -> None:
    assert safe_headers([(":authority", "x.fr"), ("Accept", "*/*")]) == (("accept", "*/*"),)
