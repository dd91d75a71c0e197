"""Text normalisation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.text import normalise, slug


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mentions Légales", "mentions legales"),
        ("Cœur d’Œuvre", "coeur d'oeuvre"),
        ("Saint–Étienne\u00a0— Mairie", "saint-etienne - mairie"),
        ("  deux\n\tespaces  ", "deux espaces"),
        ("ÇA VA", "ca va"),
    ],
)
def test_accents_case_and_typography_are_removed(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("L'Abergement-Clémenciat", "l-abergement-clemenciat"), ("Œting", "oeting"), ("", "")],
)
def test_a_slug_is_what_host_names_hold(name: str, expected: str) -> None:
    assert slug(name) == expected
