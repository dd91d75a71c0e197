"""JSON files as records, streamed: an array, an array inside an object, or one object a line."""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

import ijson

from services.contracts.errors import BadInput
from services.scheduler.frame.rejects import Reject, reject
from services.scheduler.frame.tables import RawRow, Table, column_name

_SAMPLE = 20
_BOM = b"\xef\xbb\xbf"
_WRAPPED = re.compile(rb'"(results|service|records|data)"\s*:\s*\[')


def read_json(stream: BinaryIO, head: bytes, name: str) -> Table:
    """Return the records of a JSON file; its columns are those of the first twenty. Raises BadInput when empty."""
    rows = _rows(stream, head, name)
    sample = list(islice(rows, _SAMPLE))
    columns = frozenset(column for row in sample if isinstance(row, RawRow) for column in row.cells)
    if not columns:
        detail = str(sample[0]) if sample else "no record"
        raise BadInput(f"{name} holds no JSON records: {detail}")
    return Table(name, columns, chain(sample, rows))


def _rows(stream: BinaryIO, head: bytes, name: str) -> Iterator[RawRow | Reject]:
    start = head.removeprefix(_BOM).lstrip()
    if head.startswith(_BOM):
        stream.read(len(_BOM))
    wrapped = _WRAPPED.search(start) if start.startswith(b"{") else None
    if start.startswith(b"["):
        items = ijson.items(stream, "item", use_float=True)
    elif wrapped:
        items = ijson.items(stream, f"{wrapped[1].decode()}.item", use_float=True)
    else:
        items = ijson.items(stream, "", use_float=True, multiple_values=True)
    number = 0
    try:
        for number, item in enumerate(items, 1):
            if isinstance(item, dict):
                yield RawRow(number, {column_name(key): value for key, value in item.items()})
            else:
                yield reject(name, number, "", "is not a JSON object", str(item))
    except (ijson.JSONError, ValueError) as error:
        yield reject(name, number + 1, "", f"the file is not JSON from here on: {' '.join(str(error).split())[:120]}")
