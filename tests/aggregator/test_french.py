"""French typography."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.report.french import date, interval, number, percent, typography


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(0, 0, "0"), (999, 0, "999"), (34969, 0, "34\u202f969"), (1234.56, 1, "1\u202f234,6"), (-5.25, 1, "−5,2")],
)
def test_numbers_read_as_in_french(value: float, decimals: int, expected: str) -> None:
    assert number(value, decimals) == expected


@pytest.mark.parametrize(
    ("share", "expected"), [(0.417, "41,7\u00a0%"), (1.0, "100,0\u00a0%"), (0.0, "0,0\u00a0%"), (None, "non mesurable")]
)
def test_shares_read_as_percentages(share: float | None, expected: str) -> None:
    assert percent(share) == expected


def test_intervals_and_their_absence() -> None:
    assert interval(0.401, 0.433) == "40,1\u00a0–\u00a043,3\u00a0%"
    assert interval(None, 0.4) == "–"


@pytest.mark.parametrize(("day", "expected"), [(1, "1er\u00a0décembre\u00a02026"), (23, "23\u00a0décembre\u00a02026")])
def test_the_first_of_the_month_is_an_ordinal(day: int, expected: str) -> None:
    assert date(datetime(2026, 12, day, 23, 30, tzinfo=UTC)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("« Oui » : 48 % ; vraiment ?", "«\u00a0Oui\u00a0»\u00a0: 48\u00a0%\u202f; vraiment\u202f?"),
        ("l'hébergeur", "l’hébergeur"),
        ("9 340 communes", "9\u202f340 communes"),
        ("500 à 1 999 habitants", "500 à 1\u202f999 habitants"),
        ("page https://a.example/b?c", "page https://a.example/b?c"),
        ("≥ 60 % à 12 px", "≥\u00a060\u00a0% à 12\u00a0px"),
    ],
)
def test_spaces_that_must_not_break_do_not(text: str, expected: str) -> None:
    assert typography(text) == expected


@given(st.text())
def test_typography_settles_at_once(text: str) -> None:
    assert typography(typography(text)) == typography(text)
