"""Text normalisation."""

import re
import unicodedata

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


@given(st.text() | st.text(alphabet="aÀéœßŒ’`´–çÇ…×·•° \t\xa0\u202f\u2011\u0301\u034f\u0483\u20d0ﬁİ«€"))
def test_the_short_ways_give_what_the_definition_says(text: str) -> None:
    def bare(value: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))

    ligatures = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
    signs = re.sub("[\u2018\u2019\u02bc\u00b4`]", "'", bare(text.translate(ligatures)))
    plain = bare(re.sub("[\u2010-\u2015]", "-", signs).casefold())
    assert normalise(text) == re.sub(r"\s+", " ", plain).strip()
