"""Whatever a file holds, reading it neither raises nor holds the whole of it in memory."""

import io
import json
import zipfile
from datetime import date
from itertools import islice
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import BadInput
from services.scheduler.frame.importer import Importer
from services.scheduler.frame.importers import IMPORTERS
from services.scheduler.frame.importing import import_files
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.reading import read_file
from services.scheduler.frame.records import read_json
from services.scheduler.frame.rejects import Reject
from services.scheduler.frame.tables import RawRow, read_csv

TODAY = date(2026, 11, 23)
COLUMNS = sorted(
    set().union(*(importer.marks for importer in IMPORTERS))
    | {"site_internet", "telephone", "adresse", "adresse_courriel", "siret", "codespostaux", "membres", "population"}
)
HINTS = st.sampled_from(
    ["33063", "243300316", "commune", "epci", "COM", "CC", "[", "[[]]", '[{"type_service_local": "mairie"}]', "a@b.fr"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | HINTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["valeur", "code", "nom"]), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.id)
@given(cells=st.dictionaries(st.sampled_from(COLUMNS), VALUES))
def test_any_record_becomes_exactly_one_entry(importer: Importer, cells: dict[str, object]) -> None:
    entries = list(importer.read([RawRow(7, cells)]))
    assert [entry.line for entry in entries] == [7]
    (entry,) = entries
    assert entry.facts or entry.skipped or entry.bad


def test_json_nested_beyond_reason_inside_a_cell_is_a_bad_cell() -> None:
    dila = next(importer for importer in IMPORTERS if importer.id == "dila")
    (entry,) = dila.read([RawRow(1, {"nom": "Mairie - X", "pivot": "[" * 100_000, "site_internet": None})])
    assert [bad.column for bad in entry.bad] == ["pivot"]


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_rejects_or_bad_input(data: bytes) -> None:
    try:
        table = read_csv(io.BytesIO(data), data, "file", lambda _: False)
    except BadInput:
        return
    assert all(isinstance(row, RawRow | Reject) for row in table.rows)


def test_json_is_streamed() -> None:
    stream = io.BytesIO(b"[" + b'{"code":"33063"},' * 500_000)
    table = read_json(stream, b"[{", "long")
    assert len(list(islice(table.rows, 50))) == 50
    assert stream.tell() < 1_000_000


def test_a_country_of_35000_records_is_accounted_for(tmp_path: Path) -> None:
    national = load_national_frame()
    records = [
        {
            "type": "commune",
            "siren": a.siren,
            "libelle": a.name,
            "code_insee": a.code,
            "site_internet": f"https://{a.code}.fr",
        }
        for a in national.authorities.values()
        if len(a.code) == 5
    ]
    (tmp_path / "country.json").write_text(json.dumps(records), encoding="utf-8")
    result = import_files([tmp_path / "country.json"], base=national, forced=None, today=TODAY)
    (tally,) = result.tallies
    assert (tally.read, tally.kept, tally.rejected) == (34969, 34969, 0)
    assert result.frame.get("33063").declared_url == "https://33063.fr"


def _workbook(tmp_path: Path, damage: bytes) -> Path:
    book = openpyxl.Workbook()
    for row in [["code", "url"], ["33063", "https://exemple.fr"], ["33001", "https://exemple.fr"]]:
        book.active.append(row)
    book.save(tmp_path / "sound.xlsx")
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(tmp_path / "sound.xlsx") as sound, zipfile.ZipFile(path, "w") as out:
        for name in sound.namelist():
            data = sound.read(name)
            out.writestr(name, data.replace(b'<row r="3"', damage) if name.endswith("sheet1.xml") else data)
    return path


def test_a_damaged_sheet_gives_the_rows_before_the_damage(tmp_path: Path) -> None:
    result = import_files([_workbook(tmp_path, b"<row <")], base=load_national_frame(), forced=None, today=TODAY)
    assert (result.tallies[0].kept, result.tallies[0].rejected) == (1, 1)
    assert "the sheet cannot be read from here on" in result.rejects[0].reason


def test_what_only_looks_like_a_workbook_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "false.xlsx"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("xl/workbook.xml", "<a/>")
    with pytest.raises(BadInput, match="is not an Excel workbook"):
        read_file(path)
