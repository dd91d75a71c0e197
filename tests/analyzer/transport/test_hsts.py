"""The HSTS header parser (RFC 6797, section 6.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.transport.hsts import parse_max_age


@pytest.mark.parametrize(
    ("header", "age"),
    [
        ("max-age=31536000", 31536000),
        ("Max-Age = 31536000 ; includeSubDomains; preload", 31536000),
        ('max-age="15768000"', 15768000),
        ("includeSubDomains; max-age=0", 0),
        ("max-age=10; max-age=20", None),
        ("max-age=-1", None),
        ("max-age=un an", None),
        ("max-age", None),
        ("includeSubDomains", None),
        ("", None),
    ],
)
def test_the_max_age_is_read_or_the_header_is_invalid(header: str, age: int | None) -> None:
    assert parse_max_age(header) == age


@given(st.text(max_size=300))
def test_no_header_makes_the_parser_fail(header: str) -> None:
    age = parse_max_age(header)
    assert age is None or age >= 0


@given(st.integers(0, 10**10), st.lists(st.sampled_from(["includeSubDomains", "preload", "", "x=y"]), max_size=3))
def test_other_directives_do_not_matter(age: int, others: list[str]) -> None:
    assert parse_max_age("; ".join([*others, f"max-age={age}"])) == age
