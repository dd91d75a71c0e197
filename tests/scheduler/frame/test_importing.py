"""Several files make one frame; whatever the rows, every one is accounted for."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.errors import BadInput
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.importing import Import, import_files
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.rejects import write_rejects

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 11, 23)


def write(folder: Path, name: str, *lines: str) -> Path:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def run(*paths: Path, base: Frame | None = None) -> Import:
    return import_files(paths, base=base, forced=None, today=TODAY)


def test_files_are_merged_by_code_whatever_their_order() -> None:
    names = ["cog.csv", "populations.csv", "geo_api.json", "epcicom.csv", "plain.csv"]
    forward = run(*(DATA / name for name in names))
    backward = run(*(DATA / name for name in reversed(names)))
    assert set(forward.frame.authorities) == set(backward.frame.authorities)
    bordeaux = forward.frame.get("33063")
    assert (bordeaux.name, bordeaux.departement, bordeaux.region) == ("Bordeaux", "33", "75")


def test_of_two_files_the_later_one_wins_and_empty_cells_erase_nothing(tmp_path: Path, small_frame: Frame) -> None:
    one = write(tmp_path, "one.csv", "code,url,name", "33063,https://one.fr,Bordeaux un", "33318,https://one.fr,")
    two = write(tmp_path, "two.csv", "code,url,name", "33063,https://two.fr,", "33318,,")
    frame = run(one, two, base=small_frame).frame
    assert (frame.get("33063").declared_url, frame.get("33063").name) == ("https://two.fr", "Bordeaux un")
    assert (frame.get("33318").declared_url, frame.get("33318").name) == ("https://one.fr", "Pessac")


def test_within_a_file_the_first_record_wins_and_the_next_ones_complete_it(tmp_path: Path, small_frame: Frame) -> None:
    path = write(tmp_path, "a.csv", "code,url,phone", "33063,https://one.fr,", "33063,https://two.fr,0556000000")
    result = run(path, base=small_frame)
    assert (result.tallies[0].kept, result.tallies[0].merged) == (1, 1)
    assert (result.frame.get("33063").declared_url, result.frame.get("33063").phone) == (
        "https://one.fr",
        "05 56 00 00 00",
    )


def test_a_list_adds_authorities_and_a_directory_does_not(tmp_path: Path, small_frame: Frame) -> None:
    listed = run(write(tmp_path, "a.csv", "code,url,name", "33999,,Neuve"), base=small_frame)
    assert listed.added == ("33999",)
    assert listed.frame.get("33999").region == "75"
    directory = run(DATA / "dila.csv", base=small_frame)
    assert directory.added == ()
    assert [(r.line, r.value) for r in directory.rejects if r.reason == "names no authority of the frame"] == [
        (3, "33002"),
        (7, "33999"),
    ]


def test_an_epci_of_unknown_nature_is_rejected_with_the_fix(tmp_path: Path, small_frame: Frame) -> None:
    lines = (
        "code,url,name,nature",
        "200000001,,Pays du Nord,",
        "200000002,,CC du Sud,",
        "200000003,,Est,CA",
        "200000004,,Ouest,XX",
    )
    result = run(write(tmp_path, "a.csv", *lines), base=small_frame)
    assert {code: result.frame.get(code).nature for code in result.added} == {"200000002": "CC", "200000003": "CA"}
    assert [(r.line, r.column) for r in result.rejects] == [(2, "nature"), (5, "nature")]
    assert "give one of CA, CC, CU, MET69, METRO" in result.rejects[0].reason


def test_members_and_population_of_an_epci_follow_a_commune_that_moves(tmp_path: Path, small_frame: Frame) -> None:
    path = write(tmp_path, "a.csv", "code,url,epci_siren,population", "33001,,243300316,3000")
    frame = run(path, base=small_frame).frame
    assert frame.get("243300316").members == ("33001", "33063", "33318")
    assert frame.get("243300316").population == 329000
    assert frame.get("33001").epci_name == "Bordeaux Métropole"
    assert frame.get("200070092").members == ("24001",)


def test_the_frame_names_its_sources_and_its_date(small_frame: Frame) -> None:
    frame = run(DATA / "cog.csv", DATA / "dila_export.json", base=small_frame).frame
    assert frame.source == (
        "a small country ; INSEE, Code officiel géographique (cog.csv) ; "
        "DILA, annuaire de l'administration (service-public) (dila_export.json)"
    )
    assert frame.date == "2026-11-23"


def test_files_that_give_no_authority_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no authority at all"):
        run(write(tmp_path, "a.csv", "code,url", "33063,https://exemple.fr"))
    with pytest.raises(BadInput, match="at least one file"):
        run()


def test_text_that_is_not_utf_8_is_read_as_windows_1252(tmp_path: Path, small_frame: Frame) -> None:
    mixed = "code;url;name\n33063;;Bordeaux-l'Été\n".encode() + "33318;;Pessac-l'Été\n".encode("cp1252")
    (tmp_path / "mixed.csv").write_bytes(mixed)
    frame = run(tmp_path / "mixed.csv", base=small_frame).frame
    assert (frame.get("33063").name, frame.get("33318").name) == ("Bordeaux-l'Été", "Pessac-l'Été")


def test_rejects_are_set_aside_with_their_place_and_without_mail_names(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "code,url,population", "33063,,dupont@exemple.fr", "x,,")
    result = run(path, base=load_national_frame())
    written = write_rejects(result.rejects, tmp_path / "new" / "rejects.csv").read_text(encoding="utf-8")
    assert written.splitlines() == [
        "file,line,column,reason,value",
        "a.csv,2,population,is not a number of inhabitants,@exemple.fr",
        "a.csv,3,code,is neither an INSEE code (5 characters) nor a SIREN (9 digits),X",
    ]
    assert str(result.rejects[0]) == "a.csv:2, column population: is not a number of inhabitants ('@exemple.fr')"


CELLS = st.one_of(
    st.sampled_from(
        ["33063", "33001", "33999", "243300316", "200000009", "commune", "epci", "CC A", "https://exemple.fr", ""]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=12), quote=st.booleans())
def test_whatever_the_rows_read_equals_kept_merged_rejected_and_skipped(
    tmp_path: Path, small_frame: Frame, rows: list[list[str]], *, quote: bool
) -> None:
    lines = [",".join(f'"{cell}"' if quote else cell for cell in row) for row in rows]
    (tmp_path / "a.csv").write_text("\n".join(["code,kind,name,url", *lines]), encoding="utf-8", errors="replace")
    result = run(tmp_path / "a.csv", base=small_frame)
    (tally,) = result.tallies
    assert tally.read == tally.kept + tally.merged + tally.rejected + tally.skipped.total()
    assert tally.rejected <= len(result.rejects)
    assert set(small_frame.authorities) <= set(result.frame.authorities)
