"""The order of a campaign and its samples."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.authorities import Authority, Kind
from services.contracts.strata import strata
from services.scheduler.domain.order import permanent_random_number, sample, stratified_order, stratum_key


def country(*sizes: int) -> list[Authority]:
    """Return a country with so many communes in each stratum, from the smallest."""
    return [
        Authority(
            code=f"{10 + index}{number:03}",
            kind=Kind.COMMUNE,
            name="Ville",
            nature="COM",
            population=stratum.lower + 1,
        )
        for index, (stratum, size) in enumerate(zip(strata(), sizes, strict=False))
        for number in range(size)
    ]


@given(st.integers(), st.text(max_size=9))
def test_a_permanent_random_number_is_permanent_and_in_the_unit_interval(seed: int, code: str) -> None:
    number = permanent_random_number(seed, code)
    assert 0 <= number < 1
    assert number == permanent_random_number(seed, code)


def test_every_authority_is_there_once_whatever_order_it_came_in() -> None:
    authorities = country(20, 10, 5)
    order = stratified_order(authorities, seed=1)
    assert sorted(a.code for a in order) == sorted(a.code for a in authorities)
    assert order == stratified_order(reversed(authorities), seed=1)


def test_another_seed_gives_another_order() -> None:
    authorities = country(20, 10, 5)
    assert stratified_order(authorities, seed=1) != stratified_order(authorities, seed=2)


@pytest.mark.parametrize("size", [7, 35, 70, 210])
def test_any_prefix_is_a_proportional_sample(size: int) -> None:
    authorities = country(400, 200, 100)
    counts = Counter(stratum_key(a) for a in sample(authorities, size, seed=3))
    for key, expected in (("lt500", size * 4 / 7), ("500-1999", size * 2 / 7), ("2000-3499", size / 7)):
        assert abs(counts[key] - expected) <= 1


@given(st.integers(min_value=1, max_value=60), st.integers(min_value=1, max_value=60))
def test_a_larger_sample_contains_a_smaller_one(first: int, second: int) -> None:
    authorities = country(40, 20)
    small, large = sorted((first, second))
    assert {a.code for a in sample(authorities, small, 1)} <= {a.code for a in sample(authorities, large, 1)}


def test_an_epci_is_sampled_within_its_nature_and_an_unknown_population_apart() -> None:
    epci = Authority(code="243300316", kind=Kind.EPCI, name="Bordeaux Métropole", nature="METRO", population=800_000)
    unknown = Authority(code="98901", kind=Kind.COMMUNE, name="Clipperton", nature="COM")
    assert stratum_key(epci) == "METRO"
    assert stratum_key(unknown) == "unknown"
