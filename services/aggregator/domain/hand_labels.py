"""Hand labels: what people saw on sites, against which verdicts are checked.

The file is CSV in UTF-8 with a header. ``code``, ``indicator`` and ``state`` must be there; ``value`` (for
enumerations), ``weight`` (how many authorities of the campaign the line stands for, as ``accuracy sample`` writes
it), ``labeller`` and ``note`` may be. A line with an empty state has not been labelled yet.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite

from services.contracts.errors import BadInput
from services.contracts.verdicts import State

COLUMNS = ("code", "indicator", "state", "value", "weight", "labeller", "note")
_NEEDED = COLUMNS[:3]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLabel:
    """What one person says that the truth is."""

    code: str
    indicator: str
    state: State
    value: str = ""
    weight: float = 1.0
    labeller: str = ""


def read_hand_labels(lines: Iterable[str], *, name: str, indicators: Iterable[str]) -> tuple[HandLabel, ...]:
    """Return the labels of a file, in its order. ``name`` is what messages call it.

    Raises BadInput, which names the line, on a missing column, an unknown indicator or state, a weight that is no
    positive number, and a pair that one person labelled twice.
    """
    reader = csv.DictReader(lines)
    columns = [(column or "").strip().removeprefix("\ufeff") for column in reader.fieldnames or ()]
    reader.fieldnames = columns
    missing = [column for column in _NEEDED if column not in columns]
    if missing:
        raise BadInput(f"{name}: no column {', '.join(missing)}; it needs {', '.join(_NEEDED)}, separated by commas")
    known = frozenset(indicators)
    labels: dict[tuple[str, str, str], HandLabel] = {}
    for row in _rows(reader, name):
        label = _label({key: (text or "").strip() for key, text in row.items() if isinstance(key, str)}, known)
        if isinstance(label, str):
            raise BadInput(f"{name}, line {reader.line_num}: {label}")
        if label is None:
            continue
        key = (label.code, label.indicator, label.labeller)
        if key in labels:
            raise BadInput(
                f"{name}, line {reader.line_num}: {label.code} {label.indicator} is labelled twice by one person;"
                " name the second one in the column labeller"
            )
        labels[key] = label
    if not labels:
        raise BadInput(f"{name}: no line has a state; fill in the column and try again")
    return tuple(labels.values())


def _rows(reader: "csv.DictReader[str]", name: str) -> Iterator[dict[str | None, str | None]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadInput(f"{name}, line {reader.line_num}: {error}") from error


def _label(row: dict[str, str], known: frozenset[str]) -> HandLabel | str | None:
    """Return the label of a line, None for one that is yet to be filled in, or what is wrong with it."""
    if not row["state"]:
        return None
    if not row["code"]:
        return "no code"
    if row["indicator"] not in known:
        return f"{row['indicator']!r} is no indicator; `commune-audit indicators list` has them all"
    if row["state"] not in list(State):
        return f"{row['state']!r} is no state; one of {', '.join(State)}"
    weight = _weight(row.get("weight", ""))
    if weight is None:
        return f"weight {row['weight']!r} is not a positive number"
    return HandLabel(
        code=row["code"],
        indicator=row["indicator"],
        state=State(row["state"]),
        value=row.get("value", ""),
        weight=weight,
        labeller=row.get("labeller", ""),
    )


def _weight(text: str) -> float | None:
    try:
        weight = float(text) if text else 1.0
    except ValueError:
        return None
    return weight if isfinite(weight) and weight > 0 else None
