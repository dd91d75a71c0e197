"""Shares, intervals, bounds, means and medians."""

import math
import statistics as reference

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.domain.estimators import Z, estimate, mean, median, wilson

COUNTS = st.integers(1, 40_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilson_s_as_published(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert found is not None
    assert found == pytest.approx((low, high), abs=5e-5)


@given(COUNTS)
def test_the_limits_solve_wilson_s_equation(counts: tuple[int, int]) -> None:
    successes, n = counts
    for limit in wilson(successes, n) or ():
        distance, margin = abs(successes / n - limit), Z * math.sqrt(limit * (1 - limit) / n)
        assert distance == pytest.approx(margin, rel=1e-6, abs=1e-7)


@given(COUNTS, st.integers(0, 10_000))
def test_interval_and_bounds_hold_the_share(counts: tuple[int, int], undetermined: int) -> None:
    successes, measured = counts
    e = estimate(successes, measured, undetermined)
    assert e.share is not None
    assert e.low is not None
    assert e.high is not None
    assert e.least is not None
    assert e.most is not None
    assert 0 <= e.low <= e.share <= e.high <= 1
    assert 0 <= e.least <= e.share <= e.most <= 1
    if not undetermined:
        assert e.least == e.share == e.most


@given(COUNTS)
def test_the_complement_has_the_mirrored_interval(counts: tuple[int, int]) -> None:
    successes, n = counts
    low, high = wilson(successes, n) or (0.0, 0.0)
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_nothing_measured_gives_no_share_but_keeps_the_bounds() -> None:
    e = estimate(0, 0, 7)
    assert (e.share, e.low, e.high) == (None, None, None)
    assert (e.least, e.most) == (0.0, 1.0)


def test_nothing_at_all_gives_nothing() -> None:
    e = estimate(0, 0, 0)
    assert (e.share, e.least, e.most, mean({}), median({})) == (None,) * 5


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50))
def test_mean_and_median_are_those_of_the_expanded_list(numbers: list[float]) -> None:
    counts = {x: numbers.count(x) for x in numbers}
    assert mean(counts) == pytest.approx(reference.fmean(numbers), rel=1e-9, abs=1e-6)
    assert median(counts) == pytest.approx(reference.median(numbers), rel=1e-12, abs=1e-12)
