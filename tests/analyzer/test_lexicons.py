"""Every lexicon proves itself: each entry has a source, matches its examples and none of its counter-examples."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import services.analyzer
from services.analyzer.lexicon import Entry, Lexicon, load_lexicon
from services.contracts.text import normalise

IN_ORDER_OF_PRECEDENCE = {"host_providers", "roles", "wording"}
ROOT = Path(services.analyzer.__file__).parent
FILES = sorted(ROOT.rglob("*.toml"))


def _table(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _lexicon(path: Path) -> Lexicon:
    package = ".".join(("services", "analyzer", *path.parent.relative_to(ROOT).parts))
    return load_lexicon(package, path.name)


def _entries() -> Iterator[tuple[str, Entry]]:
    for path in FILES:
        if "entry" in _table(path):
            yield from ((f"{path.stem}/{entry.id}", entry) for entry in _lexicon(path).entries)


ENTRIES = list(_entries())
RECORDS = [
    (f"{path.stem}/{kind}", rows)
    for path in FILES
    for kind, rows in _table(path).items()
    if kind != "entry" and isinstance(rows, list)
]


def _key(row: dict[str, object]) -> object:
    """What names a record: its first field."""
    return next(iter(row.values()))


@pytest.mark.parametrize("entry", [entry for _, entry in ENTRIES], ids=[name for name, _ in ENTRIES])
def test_an_entry_matches_its_examples_and_not_its_counter_examples(entry: Entry) -> None:
    assert entry.source.strip()
    assert entry.examples, "an entry that no example matches proves nothing"
    missed = [example for example in entry.examples if not entry.search(normalise(example))]
    taken = [example for example in entry.counter_examples if entry.search(normalise(example))]
    assert (missed, taken) == ([], [])


@pytest.mark.parametrize("path", [path for path in FILES if "entry" in _table(path)], ids=lambda path: path.stem)
def test_the_entries_of_a_lexicon_are_unique_and_sorted_unless_their_order_decides(path: Path) -> None:
    ids = [entry.id for entry in _lexicon(path).entries]
    assert len(ids) == len(set(ids))
    assert path.stem in IN_ORDER_OF_PRECEDENCE or ids == sorted(ids)


@pytest.mark.parametrize("rows", [rows for _, rows in RECORDS], ids=[name for name, _ in RECORDS])
def test_every_record_of_a_data_file_has_a_source_and_appears_once(rows: list[dict[str, object]]) -> None:
    assert all(str(row.get("source", "")).strip() for row in rows)
    names = [str(_key(row)) for row in rows]
    assert names == sorted(set(names))
