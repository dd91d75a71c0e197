"""What a file held that could not be used: reported with its place, and set aside in a file of its own."""

import csv
from collections.abc import Iterable
from pathlib import Path

from services.contracts.model import Record
from services.scheduler.frame.cells import without_mail_names


class Reject(Record):
    """A row, or one value of a row that was otherwise kept. ``line`` counts from 1 (records, in JSON)."""

    file: str
    line: int
    column: str
    reason: str
    value: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.reason}" + (f" ({self.value!r})" if self.value else "")


def reject(file: str, line: int, column: str, reason: str, value: str = "") -> Reject:
    """Return a reject whose value is short and names nobody."""
    return Reject(file=file, line=line, column=column, reason=reason, value=without_mail_names(value)[:80])


def write_rejects(rejects: Iterable[Reject], path: Path) -> Path:
    """Write the rejects as CSV (file, line, column, reason, value) and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Reject.model_fields)
        writer.writerows((r.file, r.line, r.column, r.reason, r.value) for r in rejects)
    return path
