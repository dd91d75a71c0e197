"""Which authorities to label by hand: drawn by what the rules said of them, so that rare states are seen too."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.errors import BadInput
from services.contracts.verdicts import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An authority to label. ``weight`` is how many authorities it stands for."""

    code: str
    weight: float


def draw_label_sample(
    verdicts: Iterable[VerdictRow], *, indicators: Sequence[str], size: int, seed: int
) -> tuple[Drawn, ...]:
    """Return at most ``size`` authorities in the order of their codes.

    A stratum is what the verdicts on the given indicators say together. Each stratum has a share of the sample that
    follows the square root of its size, and one authority at least, two where there is room; the weights add up to
    the authorities of the campaign that have a verdict. The same seed draws the same ones first, whatever the size.
    Raises BadInput where there are no verdicts, and where there are more strata than places.
    """
    strata = _strata(verdicts, indicators)
    if not strata:
        raise BadInput(f"no verdict on {', '.join(indicators)} in this campaign: run it first")
    if size < len(strata):
        raise BadInput(f"--size {size}: the verdicts fall into {len(strata)} groups; draw as many, or name fewer --by")
    taken = _allocate({key: len(codes) for key, codes in strata.items()}, size)
    drawn = [
        Drawn(code=code, weight=len(codes) / taken[key])
        for key, codes in strata.items()
        for code in sorted(codes, key=lambda code: _number(seed, code))[: taken[key]]
    ]
    return tuple(sorted(drawn, key=lambda one: one.code))


def _strata(verdicts: Iterable[VerdictRow], indicators: Sequence[str]) -> dict[tuple[State | None, ...], list[str]]:
    said: dict[str, list[State | None]] = {}
    place = {indicator: n for n, indicator in enumerate(indicators)}
    for verdict in verdicts:
        if verdict.indicator in place:
            said.setdefault(verdict.code, [None] * len(place))[place[verdict.indicator]] = verdict.state
    strata: dict[tuple[State | None, ...], list[str]] = {}
    for code, states in said.items():
        strata.setdefault(tuple(states), []).append(code)
    return dict(sorted(strata.items(), key=lambda item: (-len(item[1]), str(item[0]))))


def _allocate(sizes: Mapping[tuple[State | None, ...], int], size: int) -> dict[tuple[State | None, ...], int]:
    """Return how many of each stratum, one at least."""
    size = min(size, sum(sizes.values()))
    taken = dict.fromkeys(sizes, 0)
    for _ in range(2):
        for key, available in sizes.items():
            if sum(taken.values()) < size and taken[key] < available:
                taken[key] += 1
    while sum(taken.values()) < size:
        # The stratum that is furthest behind its share has the next place.
        behind = {key: taken[key] / available**0.5 for key, available in sizes.items() if taken[key] < available}
        taken[min(behind, key=lambda key: behind[key])] += 1
    return taken


def _number(seed: int, code: str) -> str:
    """Return the permanent random number of an authority."""
    return hashlib.sha256(f"{seed}/{code}".encode()).hexdigest()
