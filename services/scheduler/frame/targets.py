"""The targets of a run: a CSV of `code` and `url`, completed by what the frame knows of each code."""

from dataclasses import dataclass
from pathlib import Path

from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.scheduler.frame.cells import BadCell
from services.scheduler.frame.documents import BROKEN, Document, documents
from services.scheduler.frame.facts import complete, create
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.importers.plain import plain_facts
from services.scheduler.frame.rejects import Reject, reject, write_rejects
from services.scheduler.frame.sheets import read_xlsx
from services.scheduler.frame.tables import RawRow, Table, read_csv

__all__ = ["Targets", "read_targets", "write_rejects"]


@dataclass(frozen=True, slots=True)
class Targets:
    """The authorities of the good rows in the order of the file, and what is wrong with the others."""

    authorities: tuple[Authority, ...]
    rejects: tuple[Reject, ...]


def read_targets(path: Path, frame: Frame) -> Targets:
    """Return the authorities a CSV names. Cells that are not empty override the frame's facts.

    The separator may be a comma, a semicolon or a tab, the text UTF-8 or Windows-1252; the first
    sheet of a workbook is read alike. A code that
    the frame does not know needs a name (and an EPCI its nature). Raises BadInput when the file
    cannot be opened, is empty, or has no header with a `code` column.
    """
    authorities: dict[str, Authority] = {}
    lines: dict[str, int] = {}
    rejects: list[Reject] = []
    try:
        for document in documents(path):
            table = _table(document)
            _check_header(table, path)
            for row in table.rows:
                if isinstance(row, Reject):
                    rejects.append(row)
                    continue
                try:
                    authority = _authority(row, frame, lines)
                except BadCell as error:
                    rejects.append(reject(table.name, row.line, error.column, error.reason, error.value))
                else:
                    authorities[authority.code] = authority
                    lines[authority.code] = row.line
    except BROKEN as error:
        raise BadInput(f"{path}: the file is damaged or cut: {error or type(error).__name__}") from error
    return Targets(tuple(authorities.values()), tuple(rejects))


def _table(document: Document) -> Table:
    if document.xlsx:
        return read_xlsx(document.stream, document.name, _has_code)
    return read_csv(document.stream, document.head, document.name, _has_code)


def _has_code(columns: frozenset[str]) -> bool:
    return "code" in columns


def _authority(row: RawRow, frame: Frame, lines: dict[str, int]) -> Authority:
    facts = plain_facts(row, "targets")
    if facts.code in lines:
        raise BadCell("code", f"is already on line {lines[facts.code]}", facts.code)
    known = frame.authorities.get(facts.code)
    return complete(known, facts.stated()) if known else create(facts.code, facts.stated())


def _check_header(table: Table, path: Path) -> None:
    if not _has_code(table.columns):
        shown = ", ".join(sorted(table.columns)[:8])
        raise BadInput(f"{path}: no `code` column in the header ({shown}); the first line must be like: code,url")
