"""The frame's own file: a CSV (compressed when the name ends with .zst) that says what it is in its first lines."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import IO

import zstandard

from services.contracts.authorities import Authority, Kind, Zone
from services.contracts.errors import BadInput
from services.scheduler.frame.frame import Frame

_MAGIC = "# commune-audit frame 1"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAX_BYTES = 256 * 1024 * 1024
"""The national frame is 5 MB; a file that expands beyond this is not a frame."""
_COLUMNS = (
    "code", "kind", "name", "nature", "siren", "population", "departement", "region", "zone", "postal_codes",
    "epci_siren", "declared_url", "url_source", "email_domain", "phone", "members",
)  # fmt: skip


def save_frame(frame: Frame, path: Path) -> None:
    """Write a frame. The same frame gives the same bytes. The file appears whole or not at all."""
    text = io.StringIO()
    text.write(f"{_MAGIC}\n")
    for name, value in (("source", frame.source), ("date", frame.date), ("licence", frame.licence)):
        text.write(f"# {name}: {' '.join(value.split())}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(authority) for authority in frame.authorities.values())
    data = text.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(zstandard.ZstdCompressor(level=19).compress(data) if path.suffix == ".zst" else data)
    partial.replace(path)


def load_frame(path: Path) -> Frame:
    """Return the frame that `save_frame` wrote. Raises BadInput when the file is missing or is not one."""
    try:
        with path.open("rb") as file:
            return read_frame(file, str(path))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error


def read_frame(file: IO[bytes], name: str) -> Frame:
    """Return the frame held by an open file; ``name`` is for messages. Raises BadInput."""
    try:
        lines = io.TextIOWrapper(io.BytesIO(_expand(file)), encoding="utf-8", newline="")
        if lines.readline().rstrip() != _MAGIC:
            raise BadInput(
                f"{name} is not a frame file: make one with `commune-audit frame import {name} --out FRAME.csv.zst`"
            )
        facts = dict(_facts(lines))
        authorities = {authority.code: authority for authority in _authorities(lines)}
        return Frame(authorities=MappingProxyType(authorities), **facts)
    except (zstandard.ZstdError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{name} is damaged ({error}): make it again with `commune-audit frame import`") from error


def _expand(file: IO[bytes]) -> bytes:
    data = file.read(_MAX_BYTES + 1)
    size = zstandard.frame_content_size(data) if data.startswith(_ZSTD_MAGIC) else len(data)
    if not 0 <= size <= _MAX_BYTES:
        raise ValueError(f"more than {_MAX_BYTES} bytes, or of unknown size")
    # With a stated size the decompressor refuses a cut file and never gives more.
    return zstandard.ZstdDecompressor().decompress(data) if data.startswith(_ZSTD_MAGIC) else data


def _facts(lines: io.TextIOWrapper) -> Iterator[tuple[str, str]]:
    for _ in ("source", "date", "licence"):
        name, _separator, value = lines.readline().removeprefix("# ").partition(": ")
        yield name, value.strip()


def _authorities(lines: io.TextIOWrapper) -> Iterator[Authority]:
    """Yield the authorities; the names of the EPCI are read first, so that no row but the current one is held."""
    start = lines.tell()
    names = {row["code"]: row["name"] for row in csv.DictReader(lines) if row["kind"] == Kind.EPCI}
    lines.seek(start)
    for row in csv.DictReader(lines):
        yield Authority(
            code=row["code"],
            kind=Kind(row["kind"]),
            name=row["name"],
            nature=row["nature"],
            siren=row["siren"] or None,
            population=int(row["population"]) if row["population"] else None,
            departement=row["departement"] or None,
            region=row["region"] or None,
            zone=Zone(row["zone"]),
            postal_codes=tuple(row["postal_codes"].split()),
            epci_siren=row["epci_siren"] or None,
            epci_name=names.get(row["epci_siren"]),
            declared_url=row["declared_url"] or None,
            url_source=row["url_source"] or None,
            email_domain=row["email_domain"] or None,
            phone=row["phone"] or None,
            members=tuple(row["members"].split()),
        )


def _cells(authority: Authority) -> list[str]:
    values = (getattr(authority, column) for column in _COLUMNS)
    return ["" if v is None else " ".join(v) if isinstance(v, tuple) else str(v) for v in values]
