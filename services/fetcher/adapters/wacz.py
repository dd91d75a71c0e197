"""Packs a recording as WACZ 1.1.1: a WARC 1.1 file, its CDXJ index, the list of pages, and their digests, in a ZIP.

source: https://specs.webrecorder.net/wacz/1.1.1/, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from services import __version__
from services.fetcher.domain.recording import Exchange, Recording, safe_headers
from services.fetcher.domain.surt import surt
from services.fetcher.ports import ArchivedPage

WACZ_VERSION = "1.1.1"
_WARC = "data.warc.gz"
_SOFTWARE = f"commune-audit {__version__}"
_REDACTED = (
    "Cookie, Authorization and Proxy-Authorization are left out; Set-Cookie values are replaced by their length; "
    "bodies are stored decoded, with Content-Length in place of the original framing"
)


def pack_wacz(recording: Recording, pages: Sequence[ArchivedPage], *, title: str, at: datetime) -> bytes:
    """Return the bytes of the archive."""
    warc, index = _warc(recording)
    files = {
        f"archive/{_WARC}": warc,
        "indexes/index.cdx": "".join(f"{line}\n" for line in sorted(index)).encode(),
        "pages/pages.jsonl": _page_list(pages),
    }
    package = json.dumps(_data_package(files, title, at), indent=2, ensure_ascii=False).encode()
    files["datapackage.json"] = package
    digest = {"path": "datapackage.json", "hash": _digest(package)}
    files["datapackage-digest.json"] = json.dumps(digest).encode()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            # A WARC is compressed record by record, so that replay can read one without the others.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return packed.getvalue()


def _warc(recording: Recording) -> tuple[bytes, list[str]]:
    """Return the WARC file and the lines of its index, unsorted."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    about = {
        "software": _SOFTWARE,
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "redaction": _REDACTED,
        "omitted": f"{recording.omitted} exchanges beyond the size bound",
    }
    writer.write_record(writer.create_warcinfo_record(_WARC, about))
    lines = []
    for exchange in recording.exchanges:
        offset = out.tell()
        response = _response(writer, exchange)
        writer.write_record(response)
        lines.append(_index_line(exchange, response.rec_headers, offset, out.tell() - offset))
        writer.write_record(_request(writer, exchange, response.rec_headers.get_header("WARC-Record-ID")))
    return out.getvalue(), lines


def _response(writer: WARCWriter, exchange: Exchange):  # type: ignore[no-untyped-def]  # noqa: ANN202 (untyped library)
    headers = {"WARC-Date": _moment(exchange.at)}
    if exchange.remote_address:
        headers["WARC-IP-Address"] = exchange.remote_address
    if exchange.truncated:
        headers["WARC-Truncated"] = "length"
    shown = safe_headers(exchange.response_headers, body=exchange.body)
    return writer.create_warc_record(
        exchange.url,
        "response",
        payload=BytesIO(exchange.body),
        length=len(exchange.body),
        http_headers=StatusAndHeaders(_status_line(exchange.status), list(shown), protocol="HTTP/1.1"),
        warc_headers_dict=headers,
    )


def _request(writer: WARCWriter, exchange: Exchange, answered_by: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = [("host", parts.netloc), *(h for h in safe_headers(exchange.request_headers) if h[0] != "host")]
    line = StatusAndHeaders(f"{exchange.method} {target} HTTP/1.1", sent, is_http_request=True)
    return writer.create_warc_record(
        exchange.url,
        "request",
        payload=BytesIO(),
        length=0,
        http_headers=line,
        warc_headers_dict={"WARC-Date": _moment(exchange.at), "WARC-Concurrent-To": answered_by},
    )


def _index_line(exchange: Exchange, record, offset: int, length: int) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
    media_type = next((value for name, value in exchange.response_headers if name.lower() == "content-type"), "")
    fields = {
        "url": exchange.url,
        "digest": record.get_header("WARC-Payload-Digest"),
        "mime": media_type.partition(";")[0].strip().lower() or "unk",
        "offset": str(offset),
        "length": str(length),
        "status": str(exchange.status),
        "filename": _WARC,
    }
    return f"{surt(exchange.url)} {exchange.at:%Y%m%d%H%M%S} {json.dumps(fields, ensure_ascii=False)}"


def _page_list(pages: Sequence[ArchivedPage]) -> bytes:
    lines: list[dict[str, str]] = [{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}]
    for number, page in enumerate(pages, start=1):
        lines.append({"id": f"page-{number}", "url": page.url, "ts": _moment(page.at), "title": page.title})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _data_package(files: dict[str, bytes], title: str, at: datetime) -> dict[str, object]:
    return {
        "profile": "data-package",
        "wacz_version": WACZ_VERSION,
        "title": title,
        "created": _moment(at),
        "software": _SOFTWARE,
        "resources": [
            {"name": path.rpartition("/")[2].lower(), "path": path, "hash": _digest(data), "bytes": len(data)}
            for path, data in files.items()
        ],
    }


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
