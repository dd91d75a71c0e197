"""Addresses and telephone numbers, as legal notices print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.legal.contact import _ADDRESS, find_address, find_phone, may_hold_address, phone_digits
from services.contracts.text import normalise

_SEPARATORS = st.sampled_from([" ", ".", "-", "", "/", " -"])


@pytest.mark.parametrize(
    "text",
    [
        "2 rue Kellermann, 59100 Roubaix",
        "12 bis, route du Moulin",
        "222-224 Boulevard Gustave Flaubert",
        "63-65 boulevard Masséna",
        "Chemin des Pardiaux 63000 Clermont-Ferrand",
        "ZA de la Plaine – 35000 Rennes",
        "42 avenue des Limousines, 87 000 Limoges",
        "BP 70109",
        "CS 54321",
        "16 bd Haussmann",
        "rue du Lac 25, 1227 Carouge, Suisse",
        "38 avenue Kennedy L-1855 Luxembourg",
        "340 S Lemon Ave #4133 Walnut, CA 91789",
        "88 Colin P. Kelly Jr. Street, San Francisco",
        "Gordon House, Barrow Street, Dublin 4",
        "Musterstraße 375, Berlin",
        "Exemplo g. 60C, 44192 Kaunas, Lituanie",
    ],
)
def test_a_postal_address_is_found(text: str) -> None:
    assert find_address(normalise(text)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "RCS Lille Métropole 424 761 419 00045",
        "424 761 419 00045 RCS Lille",
        "SAS au capital de 10 174 560 euros",
        "au capital de 50 000 euros",
        "SIRET 12345678900012 Paris",
        "Code APE 6202A - N° TVA : FR 22 424 761 419",
        "OVH, Roubaix",
        "depuis 2019 nous avons",
    ],
)
def test_registration_numbers_are_no_address_and_no_number(text: str) -> None:
    assert find_address(normalise(text)) is None
    assert find_phone(normalise(text)) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Téléphone : 1007", "1007"),
        ("Appelez le 1007", "1007"),
        ("Tél. 09 72 10 10 07", "09 72 10 10 07"),
        ("05.99.00.11.22", "05.99.00.11.22"),
        ("0599001122", "0599001122"),
        ("0970 808 911", "0970 808 911"),
        ("0 899 701 761", "0 899 701 761"),
        ("+33 (0)4 44 44 60 40", "+33 (0)4 44 44 60 40"),
        ("00 33 4 76 00 00 00", "00 33 4 76 00 00 00"),
        ("+41 22 999 00 11", "+41 22 999 00 11"),
        ("(650) 253-0000", "(650) 253-0000"),
        ("Fax : 05 99 00 11 23 - Tél. : 05 99 00 11 22", "05 99 00 11 22"),
        ("Tél./Fax : 05 99 00 11 22", "05 99 00 11 22"),
        ("Fax : 05 99 00 11 23", None),
        ("Télécopie 05 99 00 11 23", None),
        ("le 12/02/2019 à 2005", None),
        ("Tél. : 05 56 00 00 00", None),
    ],
)
def test_a_telephone_number_is_found_and_a_fax_passed_over(text: str, number: str | None) -> None:
    assert find_phone(normalise(text), other_than="+33 5 56 00 00 00") == number


@given(st.lists(st.integers(0, 99), min_size=4, max_size=4), st.integers(1, 9), _SEPARATORS)
def test_every_french_number_is_found_however_it_is_spaced(pairs: list[int], zone: int, separator: str) -> None:
    number = separator.join([f"0{zone}", *(f"{pair:02}" for pair in pairs)])

    found = find_phone(f"nuage clair, {number}.")

    assert found is not None
    assert phone_digits(found) == phone_digits(number)


@given(st.text(max_size=400))
def test_no_text_makes_the_patterns_fail(text: str) -> None:
    find_address(normalise(text))
    find_phone(normalise(text))


@given(
    st.lists(
        st.sampled_from(["rue", "12", "33480", "place de la mairie", "b.p. 12", "main street,", "le", "0556"])
        | st.text(alphabet="abc ", max_size=120),
        max_size=30,
    )
)
def test_looking_near_numbers_finds_what_looking_everywhere_does(pieces: list[str]) -> None:
    text = normalise(" ".join(pieces))
    match = _ADDRESS.search(text)
    assert find_address(text) == (text[match.start() : match.end() + 40].strip() if match else None)
    assert may_hold_address(text) or match is None
