"""The targets of a run: completed by the frame, with bad rows set aside."""

import csv
import io
from pathlib import Path

import pytest

from services.contracts.authorities import Kind
from services.contracts.errors import BadInput
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.targets import Targets, read_targets, write_rejects


def read(tmp_path: Path, frame: Frame, content: str | bytes) -> Targets:
    path = tmp_path / "targets.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_targets(path, frame)


def test_a_known_code_takes_its_facts_from_the_frame(tmp_path: Path, small_frame: Frame) -> None:
    (target,) = read(tmp_path, small_frame, "code\n33001\n").authorities
    assert target == small_frame.get("33001")


def test_cells_that_are_not_empty_override_the_frame(tmp_path: Path, small_frame: Frame) -> None:
    text = "code,url,name,population,postal_codes,phone,departement\n33001,exemple.fr,,12,33230 33231,,\n"
    (target,) = read(tmp_path, small_frame, text).authorities
    assert (target.declared_url, target.url_source) == ("exemple.fr", "targets")
    assert (target.name, target.population, target.postal_codes) == ("Abzac", 12, ("33230", "33231"))


@pytest.mark.parametrize(
    "content",
    [
        "code,url\n33063,https://exemple.fr\n",
        "code;url\n33063;https://exemple.fr\n",
        "code\turl\r\n33063\thttps://exemple.fr\r\n",
        "\ufeffCode ; URL\n33063 ; https://exemple.fr\n",
        "\n\nurl,code\nhttps://exemple.fr,33063\n\n",
        "code,url\n33063,https://exemple.fr".encode("utf-16"),
        "code,url,name\n33063,https://exemple.fr,Bordeaux-l'Été\n".encode("cp1252"),
        'code,url,name\n"33063","https://exemple.fr","Bordeaux, ville"\n',
    ],
)
def test_any_usual_dialect_is_read(tmp_path: Path, small_frame: Frame, content: str | bytes) -> None:
    targets = read(tmp_path, small_frame, content)
    assert targets.rejects == ()
    assert [(a.code, a.declared_url) for a in targets.authorities] == [("33063", "https://exemple.fr")]


def test_a_code_the_frame_does_not_know_needs_a_name(tmp_path: Path, small_frame: Frame) -> None:
    text = "code,url,name,nature\n33999,https://a.fr,Neuve,\n200000001,https://b.fr,Pays,CC\n33998,https://c.fr,,\n"
    targets = read(tmp_path, small_frame, text)
    assert [(a.code, a.kind, a.region) for a in targets.authorities] == [
        ("33999", Kind.COMMUNE, "75"),
        ("200000001", Kind.EPCI, None),
    ]
    assert [(r.line, r.column) for r in targets.rejects] == [(4, "name")]


def test_bad_rows_are_set_aside_with_line_column_and_reason(tmp_path: Path, small_frame: Frame) -> None:
    rows = [
        "code,url,kind,population",
        "33063,https://a.fr,,",
        "33063,https://b.fr,,",
        ",https://c.fr,,",
        "abc,https://d.fr,,",
        "33001,https://e.fr,epci,",
        "33318,https://f.fr,,-3",
        "33318,https://g.fr",
        "75101,https://h.fr,,",
    ]
    targets = read(tmp_path, small_frame, "\n".join(rows))
    assert [a.code for a in targets.authorities] == ["33063"]
    assert [(r.line, r.column) for r in targets.rejects] == [
        (3, "code"),
        (4, "code"),
        (5, "code"),
        (6, "kind"),
        (7, "population"),
        (8, ""),
        (9, "code"),
    ]
    reasons = [r.reason for r in targets.rejects]
    assert reasons[0] == "is already on line 2"
    assert reasons[1] == "is empty: give the INSEE code (5 characters) or the SIREN (9 digits)"
    written = write_rejects(targets.rejects, tmp_path / "rejects.csv").read_text(encoding="utf-8")
    assert len(list(csv.reader(io.StringIO(written)))) == 8


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("33063,https://exemple.fr\n", "no `code` column in the header"),
        ("url\nhttps://exemple.fr\n", "no `code` column in the header"),
    ],
)
def test_a_file_without_a_usable_header_is_bad_input(
    tmp_path: Path, small_frame: Frame, content: str, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, small_frame, content)


def test_a_missing_file_is_bad_input(tmp_path: Path, small_frame: Frame) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_targets(tmp_path / "none.csv", small_frame)


def test_a_header_alone_gives_no_target(tmp_path: Path, small_frame: Frame) -> None:
    assert read(tmp_path, small_frame, "code,url\n") == Targets((), ())
