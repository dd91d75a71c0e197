"""Samples of a given size in each stratum."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.scheduler.domain.order import stratum_key
from services.scheduler.domain.samples import read_sizes, sample_per_stratum

KNOWN = ("lt500", "500-1999", "2000-3499", "CC", "unknown")
STRATA = {"lt500": 100, "500-1999": 900, "2000-3499": 2500, "unknown": None}


def country(sizes: dict[str, int]) -> list[Authority]:
    """Return a country with so many authorities in each stratum."""
    communes = [
        Authority(code=f"{10 + row}{n:03}", kind=Kind.COMMUNE, name="Ville", nature="COM", population=STRATA[key])
        for row, key in enumerate(STRATA)
        for n in range(sizes.get(key, 0))
    ]
    epci = [
        Authority(code=f"2{n:08}", kind=Kind.EPCI, name="Communauté", nature="CC", population=9000)
        for n in range(sizes.get("CC", 0))
    ]
    return communes + epci


counts = st.dictionaries(st.sampled_from(KNOWN), st.integers(min_value=0, max_value=12))


@given(there=counts, asked=counts, seed=st.integers())
def test_each_stratum_gives_what_is_asked_or_all_it_has(
    there: dict[str, int], asked: dict[str, int], seed: int
) -> None:
    found = Counter(stratum_key(a) for a in sample_per_stratum(country(there), asked, seed))
    assert found == Counter({key: min(n, asked.get(key, 0)) for key, n in there.items() if min(n, asked.get(key, 0))})


@given(there=counts, asked=counts, more=counts)
def test_larger_sizes_give_a_sample_that_contains_the_smaller_one(
    there: dict[str, int], asked: dict[str, int], more: dict[str, int]
) -> None:
    larger = {key: asked.get(key, 0) + more.get(key, 0) for key in KNOWN}
    authorities = country(there)
    small = {a.code for a in sample_per_stratum(authorities, asked, 1)}
    assert small <= {a.code for a in sample_per_stratum(reversed(authorities), larger, 1)}


@given(st.dictionaries(st.sampled_from(KNOWN), st.integers(min_value=1, max_value=999_999), min_size=1))
def test_sizes_read_back_from_their_text(sizes: dict[str, int]) -> None:
    assert read_sizes(" , ".join(f"{key} = {size}" for key, size in sizes.items()), KNOWN) == sizes


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "STRATUM=SIZE"),
        ("lt500", "'lt500'"),
        ("lt500=", "STRATUM=SIZE"),
        ("lt500=-3", "STRATUM=SIZE"),
        ("lt500=1.5", "STRATUM=SIZE"),
        ("lt500=²", "STRATUM=SIZE"),
        ("lt500=10000000", "STRATUM=SIZE"),
        ("lt500=1,", "STRATUM=SIZE"),
        ("0-499=200", "no stratum '0-499'; there are lt500"),
        ("lt500=1,lt500=2", "named twice"),
        ("lt500=0", "every size is 0"),
    ],
)
def test_what_is_no_list_of_sizes_is_bad_input_that_names_it(text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        read_sizes(text, KNOWN)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadInput):
        assert set(read_sizes(text, KNOWN)) <= set(KNOWN)
