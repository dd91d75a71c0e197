"""CSV in the dialects that administrations publish: comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import BinaryIO, Protocol

from services.contracts.errors import BadInput
from services.contracts.text import normalise
from services.scheduler.frame.rejects import Reject, reject

_HEADER_WITHIN = 15
"""Official sheets have a title and a date above the header."""
_DELIMITERS = ";\t,|"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of a file: its line (or its number, in JSON) and its cells by canonical column name."""

    line: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """A document as records. ``rows`` is read once, lazily; what is not a record comes as a Reject."""

    name: str
    columns: frozenset[str]
    rows: Iterator[RawRow | Reject]


class _CsvReader(Protocol):
    line_num: int

    def __next__(self) -> list[str]: ...


Recogniser = Callable[[frozenset[str]], bool]


@lru_cache(maxsize=4096)
def column_name(text: str | None) -> str:
    """Return a header in its canonical form: `N° SIREN` becomes `n_siren`, `codeInsee` becomes `codeinsee`."""
    return "_".join(re.findall(r"[a-z0-9]+", normalise(text or "")))


def read_csv(stream: BinaryIO, head: bytes, name: str, recognised: Recogniser) -> Table:
    """Return the table a CSV holds. Raises BadInput when the file is empty or has no header.

    ``head`` is the beginning of the stream, not consumed. The delimiter is the mark that the first lines agree on.
    """
    encoding, errors = _encoding(head)
    text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
    sample = head.decode(encoding, "replace").splitlines()[:_HEADER_WITHIN]
    return table_of(_numbered(csv.reader(text, delimiter=_delimiter(sample)), name), name, recognised)


def table_of(lines: Iterator[tuple[int, list[str]] | Reject], name: str, recognised: Recogniser) -> Table:
    """Return the table whose header is the first of the leading lines that is recognised, else the first line."""
    leading = list(islice(lines, _HEADER_WITHIN))
    rows = [line for line in leading if not isinstance(line, Reject) and any(line[1])]
    if not rows:
        raise BadInput(f"{name} is empty")
    header = next((row for row in rows if recognised(frozenset(map(column_name, row[1])))), rows[0])
    columns = [column_name(cell) for cell in header[1]]
    after = leading[leading.index(header) + 1 :]
    return Table(name, frozenset(columns) - {""}, _records(columns, chain(after, lines), name))


def _delimiter(sample: list[str]) -> str:
    """Return the mark that cuts most lines into the same number of cells."""

    def score(mark: str) -> int:
        counts = Counter(line.count(mark) for line in sample)
        return max((cells * lines for cells, lines in counts.items()), default=0)

    return max(_DELIMITERS, key=score)


def _records(
    columns: list[str], lines: Iterable[tuple[int, list[str]] | Reject], name: str
) -> Iterator[RawRow | Reject]:
    for line in lines:
        if isinstance(line, Reject):
            yield line
            continue
        number, cells = line
        while len(cells) > len(columns) and not cells[-1]:
            cells = cells[:-1]
        if len(cells) != len(columns):
            yield reject(name, number, "", f"has {len(cells)} cells where the header has {len(columns)}")
        else:
            yield RawRow(number, {column: cell for column, cell in zip(columns, cells, strict=True) if column})


def _numbered(reader: _CsvReader, name: str) -> Iterator[tuple[int, list[str]] | Reject]:
    """Yield the lines that hold something with the number of their first line; a broken one as a Reject."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reject(name, number, "", f"is not CSV: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield number, [_mended(cell).strip() for cell in cells]


def _mended(cell: str) -> str:
    """Return a cell whose bytes were not UTF-8 read as Windows-1252: files are sometimes pasted together."""
    if cell.isascii() or not re.search("[\udc80-\udcff]", cell):
        return cell
    return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _encoding(head: bytes) -> tuple[str, str]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "replace"
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The last character may merely be cut by the end of the head.
        if error.start < len(head) - 4:
            return "cp1252", "replace"
    return "utf-8-sig", "surrogateescape"
