"""Every official format, from excerpts in `data/` that hold good rows and bad ones."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from services.contracts.authorities import Zone
from services.contracts.errors import BadInput
from services.scheduler.frame.importers import IMPORTERS
from services.scheduler.frame.importing import Import, import_files
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.reading import importer_named

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 11, 23)


def import_over_country(*names: str) -> Import:
    paths = [DATA / name for name in names]
    return import_files(paths, base=load_national_frame(), forced=None, today=TODAY)


@pytest.mark.parametrize(
    ("name", "form", "counts", "rejects"),
    [
        ("dpnt.json", "dpnt", (5, 2, 0, 2, 1), [(4, "siren"), (5, "population")]),
        ("dpnt.csv", "dpnt", (4, 1, 0, 2, 1), [(5, ""), (4, "code_insee")]),
        ("dila_export.json", "dila", (10, 6, 0, 0, 4), []),
        ("dila_records.json", "dila", (10, 6, 0, 0, 4), []),
        ("dila_dump.json", "dila", (1, 1, 0, 0, 0), []),
        ("dila.csv", "dila", (7, 3, 0, 3, 1), [(4, "pivot"), (6, "site_internet"), (7, "code")]),
        ("etalab_communes.json", "etalab-communes", (4, 2, 0, 1, 1), [(4, "codespostaux")]),
        ("etalab_epci.json", "etalab-epci", (4, 2, 0, 1, 1), [(1, "membres"), (3, "code")]),
        ("cog.csv", "cog", (7, 3, 0, 2, 2), [(7, "com"), (8, "libelle")]),
        ("populations.csv", "populations", (6, 3, 1, 2, 0), [(6, "pmun"), (7, "code")]),
        ("epcicom.csv", "dgcl", (4, 2, 0, 1, 1), [(4, "insee")]),
        ("banatic_members.csv", "banatic", (5, 2, 1, 1, 1), [(5, "siren"), (6, "n_siren")]),
        ("banatic_coordinates.tsv", "banatic", (2, 1, 0, 0, 1), []),
        ("geo_api.json", "geo-api", (8, 8, 0, 0, 0), []),
        ("plain.csv", "plain", (7, 3, 0, 4, 0), [(5, "code"), (6, "kind"), (7, "name"), (8, "population")]),
    ],
)
def test_a_format_is_recognised_and_every_record_is_accounted_for(
    name: str, form: str, counts: tuple[int, ...], rejects: list[tuple[int, str]]
) -> None:
    result = import_over_country(name)
    (tally,) = result.tallies
    assert (tally.format, tally.file) == (form, name)
    assert (tally.read, tally.kept, tally.merged, tally.rejected, tally.skipped.total()) == counts
    assert tally.read == tally.kept + tally.merged + tally.rejected + tally.skipped.total()
    assert [(r.line, r.column) for r in result.rejects] == rejects
    assert all(r.file == name and r.reason for r in result.rejects)


def test_every_format_has_an_excerpt_and_can_be_forced() -> None:
    assert len({importer.id for importer in IMPORTERS}) == len(IMPORTERS)
    assert [importer_named(importer.id) for importer in IMPORTERS] == list(IMPORTERS)
    with pytest.raises(BadInput, match="give one of dpnt, dila"):
        importer_named("xml")


def test_a_forced_format_that_does_not_fit_names_the_missing_columns() -> None:
    with pytest.raises(BadInput, match="not in the format cog: no column com, libelle, typecom"):
        import_files([DATA / "plain.csv"], base=None, forced=importer_named("cog"), today=TODAY)


def test_dpnt_states_sites_of_communes_and_of_epci_but_never_the_mail_address() -> None:
    frame = import_over_country("dpnt.json").frame
    commune, epci = frame.get("01001"), frame.get("200069193")
    assert (commune.declared_url, commune.url_source) == ("https://exemple-01001.fr", "dpnt")
    assert (commune.email_domain, commune.phone) == ("exemple-01001.fr", "04 74 24 03 08")
    assert (epci.declared_url, epci.email_domain) == ("www.exemple-dombes.fr", "exemple-dombes.fr")
    assert epci.population != 39000, "the population of an EPCI is the sum of its communes"


def test_dila_keeps_every_address_the_one_without_a_label_first() -> None:
    frame = import_over_country("dila_export.json").frame
    assert frame.get("72089").declared_url == (
        "https://www.conlie.fr/ ; https://www.conlie.fr/vie-pratique/mes-demarches/rdv-en-ligne/"
    )
    assert frame.get("62077").declared_url == "www.bajus.fr"
    assert frame.get("97701").declared_url.startswith("https://www.comstbarth.fr ; ")  # type: ignore[union-attr]


def test_dila_delegated_town_halls_and_annexes_change_nothing_and_are_counted() -> None:
    result = import_over_country("dila_export.json")
    national = load_national_frame()
    for code in ("35288", "14098", "28236", "14431"):
        assert result.frame.get(code).declared_url == national.get(code).declared_url
    assert list(result.tallies[0].skipped) == ["town hall of a former commune or annex (mairie déléguée, annexe)"]


def test_dila_without_a_base_names_the_communes_after_their_town_halls() -> None:
    result = import_files([DATA / "dila_dump.json"], base=None, forced=None, today=TODAY)
    commune = result.frame.get("45300")
    assert (commune.name, commune.departement, commune.region, commune.postal_codes) == (
        "Sandillon",
        "45",
        "24",
        ("45640",),
    )
    assert (commune.email_domain, commune.phone) == ("sandillon.fr", "01 02 03 04 05")


def test_dila_csv_reads_json_in_cells_two_codes_two_records_and_an_epci_by_siret_then_siren() -> None:
    frame = import_over_country("dila.csv").frame
    assert frame.get("33063").declared_url == "https://exemple-bordeaux.fr"
    assert frame.get("33001").declared_url == frame.get("33002").declared_url == "https://exemple-deux.fr"
    assert frame.get("243300316").declared_url == "https://exemple-metropole.fr"


def test_populations_of_arrondissements_are_added_up() -> None:
    assert import_over_country("populations.csv").frame.get("75056").population == 35000


def test_a_zero_population_is_a_population() -> None:
    assert import_over_country("populations.csv").frame.get("55039").population == 0


def test_the_mergers_of_2026_win_over_an_older_list() -> None:
    frame = import_over_country("etalab_epci.json").frame
    assert "245701222" not in frame.authorities
    assert frame.get("57306").epci_siren == "992367730"


def test_a_collectivity_overseas_is_placed_by_its_code() -> None:
    result = import_files([DATA / "etalab_communes.json"], base=None, forced=None, today=TODAY)
    assert (result.frame.get("97501").zone, result.frame.get("97501").in_study) == (Zone.COM, False)


def test_banatic_coordinates_in_latin_1_give_the_sites_of_epci(tmp_path: Path) -> None:
    text = (DATA / "banatic_coordinates.tsv").read_text(encoding="utf-8")
    (tmp_path / "a.tsv").write_bytes(text.encode("latin-1"))
    result = import_files([tmp_path / "a.tsv"], base=load_national_frame(), forced=None, today=TODAY)
    epci = result.frame.get("200000172")
    assert (epci.name, epci.declared_url, epci.url_source) == (
        "CC Faucigny - Glières",
        "www.exemple-ccfg.fr",
        "banatic",
    )


def _dgcl_rows() -> list[list[object]]:
    lines = [line.split(";") for line in (DATA / "epcicom.csv").read_text(encoding="utf-8").splitlines()]
    # As in the real workbook: a title above the header, SIREN as numbers.
    numbers: list[list[object]] = [
        [int(c) if c.isdigit() and len(c) == 9 else c or None for c in line] for line in lines
    ]
    return [["Composition communale des EPCI"], [], *numbers]


def _banatic_rows() -> list[list[object]]:
    return [list(line.split(";")) for line in (DATA / "banatic_members.csv").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("rows", "form", "counts"), [(_dgcl_rows, "dgcl", (4, 2, 0, 1, 1)), (_banatic_rows, "banatic", (5, 2, 1, 1, 1))]
)
def test_a_workbook_is_read_like_its_csv_whatever_the_sheet(
    tmp_path: Path, rows: Callable[[], list[list[object]]], form: str, counts: tuple[int, ...]
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Lisez-moi"])
    sheet = book.create_sheet("Données")
    for row in rows():
        sheet.append(row)
    book.save(tmp_path / "renamed.dat")
    result = import_files([tmp_path / "renamed.dat"], base=load_national_frame(), forced=None, today=TODAY)
    (tally,) = result.tallies
    assert tally.format == form
    assert (tally.read, tally.kept, tally.merged, tally.rejected, tally.skipped.total()) == counts
    assert result.frame.get("74042").epci_siren == "200000172"


def test_a_file_is_recognised_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    shutil.copy(DATA / "dpnt.json", tmp_path / "data.csv")
    result = import_files([tmp_path / "data.csv"], base=load_national_frame(), forced=None, today=TODAY)
    assert result.tallies[0].format == "dpnt"
