"""Estimates of a share from counts.

This is the one place that turns counts into shares and intervals. The interval is Wilson's, as for a
simple random sample without finite-population correction: for a census or a stratified sample it is
indicative only. Stratified estimators (indicators reference, 4.3) take their place here.
"""

from fractions import Fraction
from math import sqrt
from statistics import NormalDist

from services.contracts.model import Record

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)
METHOD = "wilson-95-simple-random-sample"


class Estimate(Record):
    """A share of what was measured, all in 0..1; None where nothing was measured.

    ``low`` and ``high`` bound the sampling error; ``least`` and ``most`` what the share would be if
    every undetermined authority went one way or the other.
    """

    successes: int
    measured: int
    share: float | None
    low: float | None
    high: float | None
    least: float | None
    most: float | None


def estimate(successes: int, measured: int, undetermined: int) -> Estimate:
    """Return the share ``successes / measured`` with its interval and bounds."""
    interval = wilson(successes, measured)
    return Estimate(
        successes=successes,
        measured=measured,
        share=ratio(successes, measured),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        least=ratio(successes, measured + undetermined),
        most=ratio(successes + undetermined, measured + undetermined),
    )


def wilson(successes: float, n: float, z: float = Z) -> tuple[float, float] | None:
    """Return Wilson's score interval of a proportion, None when ``n`` is 0. Both may be effective numbers.

    Source: E. B. Wilson, JASA 22 (1927); closed at 0 and 1, where rounding could cross them.
    """
    if n == 0:
        return None
    successes = min(successes, n)
    centre = (successes + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(successes * (n - successes) / n + z * z / 4)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def ratio(part: int, whole: int) -> float | None:
    """Return the correctly rounded quotient, None when the whole is 0."""
    return part / whole if whole else None


def mean(numbers: dict[float, int]) -> float | None:
    """Return the exact mean, rounded once, of numbers given with how often each occurs."""
    count = sum(numbers.values())
    return float(sum(Fraction(x) * n for x, n in numbers.items()) / count) if count else None


def median(numbers: dict[float, int]) -> float | None:
    """Return the median of numbers given with how often each occurs."""
    count = sum(numbers.values())
    if not count:
        return None
    lower, upper = _nth(numbers, (count - 1) // 2), _nth(numbers, count // 2)
    return float((Fraction(lower) + Fraction(upper)) / 2)


def _nth(numbers: dict[float, int], index: int) -> float:
    for number in sorted(numbers):
        index -= numbers[number]
        if index < 0:
            return number
    raise IndexError(index)
