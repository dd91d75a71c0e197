"""From a file to the entries of its documents: unwrap, recognise the format, read record by record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.contracts.errors import BadInput
from services.scheduler.frame.documents import BROKEN, Document, documents
from services.scheduler.frame.importer import Entry, Importer
from services.scheduler.frame.importers import IMPORTERS
from services.scheduler.frame.records import read_json
from services.scheduler.frame.rejects import Reject, reject
from services.scheduler.frame.sheets import read_xlsx
from services.scheduler.frame.tables import RawRow, Table, read_csv


@dataclass(slots=True)
class Reading:
    """What one file said in one format. ``unreadable`` are records that could not even be told apart."""

    file: str
    importer: Importer
    entries: list[tuple[str, Entry]] = field(default_factory=list)
    unreadable: list[Reject] = field(default_factory=list)


@dataclass(slots=True)
class FileReadings:
    """The readings of one file, by format, and the members of the archive that are in no known format."""

    readings: dict[str, Reading] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    damage: Reject | None = None


def importer_named(name: str) -> Importer:
    """Return the importer of a format. Raises BadInput that lists the formats."""
    found = next((importer for importer in IMPORTERS if importer.id == name), None)
    if found is None:
        raise BadInput(f"unknown format {name!r}: give one of {', '.join(i.id for i in IMPORTERS)}")
    return found


def read_file(path: Path, forced: Importer | None = None) -> FileReadings:
    """Return everything a file says. Raises BadInput when nothing in it is in a known format.

    A file that is damaged or cut gives what could be read before the damage.
    """
    result = FileReadings()
    problem = ""
    try:
        for document in documents(path):
            try:
                _read_document(document, path.name, forced, result)
            except BadInput as error:
                if not document.member or not _is_about_format(error):
                    raise
                result.unknown.append(document.name)
                problem = problem or str(error)
    except BROKEN as error:
        result.damage = reject(path.name, 0, "", f"the file is damaged or cut: {error or type(error).__name__}")
    if not result.readings:
        raise BadInput(_nothing_found(path, result, problem))
    return result


class _UnknownFormat(BadInput):
    """A document is in none of the known formats."""


def _is_about_format(error: BadInput) -> bool:
    return isinstance(error, _UnknownFormat)


def _read_document(document: Document, file: str, forced: Importer | None, result: FileReadings) -> None:
    candidates: Sequence[Importer] = (forced,) if forced else IMPORTERS
    try:
        table = _table(document, candidates)
    except BadInput as error:
        raise _UnknownFormat(str(error)) from error
    importer = next((importer for importer in candidates if importer.recognises(table.columns)), None)
    if importer is None:
        raise _UnknownFormat(_no_format(table, forced))
    reading = result.readings.setdefault(importer.id, Reading(file, importer))
    for entry in importer.read(_records(table, reading)):
        reading.entries.append((table.name, entry))


def _table(document: Document, candidates: Sequence[Importer]) -> Table:
    def recognised(columns: frozenset[str]) -> bool:
        return any(importer.recognises(columns) for importer in candidates)

    if document.xlsx:
        return read_xlsx(document.stream, document.name, recognised)
    start = document.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        raise BadInput(f"{document.name} is XML or a web page: take the JSON or CSV of the same data")
    if start.startswith((b"[", b"{")):
        return read_json(document.stream, document.head, document.name)
    return read_csv(document.stream, document.head, document.name, recognised)


def _records(table: Table, reading: Reading) -> Iterator[RawRow]:
    for row in table.rows:
        if isinstance(row, Reject):
            reading.unreadable.append(row)
        else:
            yield row


def _no_format(table: Table, forced: Importer | None) -> str:
    columns = ", ".join(sorted(table.columns)[:12]) or "none"
    if forced is not None:
        missing = ", ".join(sorted(forced.marks - table.columns))
        return f"{table.name} is not in the format {forced.id}: no column {missing} (columns: {columns})"
    return f"{table.name} is in no known format (columns: {columns}); a plain CSV needs the columns code and url"


def _nothing_found(path: Path, result: FileReadings, problem: str) -> str:
    if result.damage is not None:
        return str(result.damage)
    if result.unknown:
        return f"none of the {len(result.unknown)} members of {path.name} can be used: {problem}"
    return f"{path.name} is empty"
