"""What an importer of one official format is, and what it makes of each record."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from services.scheduler.frame.cells import BadCell
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.tables import RawRow


@dataclass(frozen=True, slots=True)
class Entry:
    """What one record says. Without facts it was left out: ``skipped`` says why, else ``bad`` holds what is wrong.

    ``bad`` beside facts is a value that was set aside while the rest of the record was kept.
    """

    line: int
    facts: tuple[Facts, ...] = ()
    skipped: str = ""
    bad: tuple[BadCell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One official format.

    ``marks`` are canonical column names that only this format has together. ``lists`` says that the
    file lists authorities, so that a code the frame does not know is new rather than wrong. ``weak``
    are the facts it gives only where nothing else is known (the one postal code of an address).
    """

    id: str
    title: str
    marks: frozenset[str]
    read: Callable[[Iterable[RawRow]], Iterator[Entry]]
    lists: bool
    weak: frozenset[str] = field(default_factory=frozenset)

    def recognises(self, columns: frozenset[str]) -> bool:
        """Whether a table with these columns is in this format."""
        return self.marks <= columns


def row_by_row(read_row: Callable[[RawRow], Entry]) -> Callable[[Iterable[RawRow]], Iterator[Entry]]:
    """Return a reader that treats each record alone; a BadCell it raises rejects the record."""

    def read(rows: Iterable[RawRow]) -> Iterator[Entry]:
        for row in rows:
            try:
                yield read_row(row)
            except BadCell as error:
                yield Entry(row.line, bad=(error,))

    return read
