"""The sheets of an Excel workbook, as tables."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime
from typing import BinaryIO
from zipfile import BadZipFile

import openpyxl

from services.contracts.errors import BadInput
from services.scheduler.frame.rejects import Reject, reject
from services.scheduler.frame.tables import Recogniser, Table, table_of

_DAMAGED = (BadZipFile, KeyError, IndexError, ValueError, TypeError, OSError, SyntaxError)
"""What openpyxl raises on a workbook that is not sound; XML parsers raise kinds of SyntaxError."""


def read_xlsx(stream: BinaryIO, name: str, recognised: Recogniser) -> Table:
    """Return the first sheet whose header is recognised, else the first that is not empty. Raises BadInput."""
    with warnings.catch_warnings():
        # openpyxl warns of styles and validations it does not keep: only the values are wanted.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except _DAMAGED as error:
            raise BadInput(f"{name} is not an Excel workbook that can be read: {error}") from error
    first: Table | None = None
    for sheet in book.worksheets:
        # The stated dimensions of exported workbooks are often wrong, and cut the rows.
        sheet.reset_dimensions()
        try:
            title = f"{name}!{sheet.title}"
            table = table_of(_lines(sheet.iter_rows(values_only=True), title), title, recognised)
        except BadInput:
            continue
        if recognised(table.columns):
            return table
        first = first or table
    if first is None:
        raise BadInput(f"{name} has no sheet with data")
    return first


def _lines(rows: Iterator[tuple[object, ...]], name: str) -> Iterator[tuple[int, list[str]] | Reject]:
    width = number = 0
    try:
        for number, row in enumerate(rows, 1):
            cells = [_text(cell) for cell in row]
            if any(cells):
                # Without dimensions a row ends at its last cell: it is filled up to the widest seen.
                width = max(width, len(cells))
                yield number, cells + [""] * (width - len(cells))
    except _DAMAGED as error:
        yield reject(name, number + 1, "", f"the sheet cannot be read from here on: {error}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return str(cell).strip()
