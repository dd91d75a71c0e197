"""From cells to facts."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.frame import cells
from services.scheduler.frame.cells import BadCell
from services.scheduler.frame.natures import nature_of
from services.scheduler.frame.tables import column_name


@pytest.mark.parametrize(
    ("read", "value", "fact"),
    [
        (cells.commune_code, "1001", "01001"),
        (cells.commune_code, "2a004", "2A004"),
        (cells.commune_code, 33063, "33063"),
        (cells.siren, "210 100 012", "210100012"),
        (cells.siren, None, ""),
        (cells.siren_of_siret, "21010001200017", "210100012"),
        (cells.population, "1 234", 1234),
        (cells.population, "1\u202f234", 1234),
        (cells.population, 860.0, 860),
        (cells.population, 0, 0),
        (cells.population, "", None),
        (cells.postal_codes, ["01400", "01000"], ("01000", "01400")),
        (cells.postal_codes, "01400, 01000;1000", ("01000", "01400")),
        (cells.postal_codes, None, ()),
        (cells.departement, "1", "01"),
        (cells.region, "84", "84"),
        (cells.required, " a \n b ", "a b"),
    ],
)
def test_a_cell_is_read(read: Callable[..., object], value: object, fact: object) -> None:
    assert read({"x": value}, "x") == fact


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (cells.commune_code, "3306"[:3]),
        (cells.commune_code, "2C001"),
        (cells.commune_code, "210100012"),
        (cells.commune_code, None),
        (cells.siren, "21010001"),
        (cells.siren_of_siret, "210100012"),
        (cells.population, "-3"),
        (cells.population, "12,5"),
        (cells.population, "2k"),
        (cells.postal_codes, "F-33000"),
        (cells.departement, "20"),
        (cells.region, "99"),
        (cells.required, "  "),
    ],
)
def test_a_cell_that_does_not_hold_what_its_column_promises_is_refused(
    read: Callable[..., object], value: object
) -> None:
    with pytest.raises(BadCell) as caught:
        read({"x": value}, "x")
    assert caught.value.column == "x"


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("mairie@exemple.fr", "exemple.fr"),
        ("Mairie <Mairie@EXEMPLE.fr>; autre@autre.fr", "exemple.fr"),
        ("mairie @ exemple.fr", "exemple.fr"),
        ("exemple.fr", None),
        ("", None),
    ],
)
def test_only_the_domain_of_a_mail_address_is_kept(text: str, domain: str | None) -> None:
    assert cells.email_domain(text) == domain


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("prenom.nom@exemple.fr", "@exemple.fr"),
        ("mailto:prenom.nom@exemple.fr", "mailto:@exemple.fr"),
        ("https://exemple.fr ; nom@exemple.fr", "https://exemple.fr ; @exemple.fr"),
        ("https://exemple.fr/@page", "https://exemple.fr/@page"),
        ("https://exemple.fr", "https://exemple.fr"),
    ],
)
def test_mail_names_are_masked_and_addresses_of_sites_are_not(text: str, masked: str) -> None:
    assert cells.without_mail_names(text) == masked


@given(st.from_regex(r"[a-z.]{1,20}", fullmatch=True), st.text(max_size=20), st.text(max_size=20))
def test_no_mail_name_survives(name: str, before: str, after: str) -> None:
    masked = cells.without_mail_names(f"{before} {name}@exemple.fr {after}")
    assert f"{name}@exemple.fr" not in masked
    assert cells.without_mail_names(masked) == masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0556000000", "05 56 00 00 00"),
        ("05.56.00.00.00", "05 56 00 00 00"),
        ("+33 (0)5 56 00 00 00", "05 56 00 00 00"),
        ("0033556000000", "05 56 00 00 00"),
        ("36 00", None),
        ("03 90 6", None),
        ("+687 12 34 56", "+687 12 34 56"),
        ("", None),
    ],
)
def test_a_telephone_is_written_in_pairs(text: str, shown: str | None) -> None:
    assert cells.phone(text) == shown


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("CC", "CC"),
        ("met69", "MET69"),
        ("CC du Pays de Salars", "CC"),
        ("Communauté de communes du Sud", "CC"),
        ("Communauté d’agglomération du Nord", "CA"),
        ("CA Limoges Métropole", "CA"),
        ("Communauté urbaine d'Arras", "CU"),
        ("Métropole de Lyon", "MET69"),
        ("Métropole du Grand Paris", "METRO"),
        ("Métropole", "METRO"),
        ("SIVU", None),
        ("Cales (CC)", None),
        ("", None),
    ],
)
def test_a_nature_is_read_from_a_code_or_a_name(text: str, nature: str | None) -> None:
    assert nature_of(text) == nature


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("N° SIREN", "n_siren"),
        ("codeDepartement", "codedepartement"),
        ("Téléphone du siège", "telephone_du_siege"),
        (" COM ", "com"),
        (None, ""),
    ],
)
def test_a_header_has_one_canonical_form(header: str | None, name: str) -> None:
    assert column_name(header) == name
