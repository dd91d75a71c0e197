"""Samples of a given size in each stratum."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.scheduler.domain.order import permanent_random_number, stratified_order, stratum_key

_MAX_DIGITS = 6


def read_sizes(text: str, known: Collection[str]) -> dict[str, int]:
    """Return the size of the sample by stratum from a text such as ``lt500=200,CC=50``.

    Raises BadInput for a stratum that is not ``known``, one named twice, or what is no number.
    """
    sizes: dict[str, int] = {}
    for part in text.split(","):
        key, equals, number = (word.strip() for word in part.partition("="))
        if not equals or not (number.isascii() and number.isdigit()) or len(number) > _MAX_DIGITS:
            raise BadInput(f"--sample-per-stratum: {part[:60]!r} is not STRATUM=SIZE, for instance lt500=200,CC=50")
        if key not in known:
            raise BadInput(f"--sample-per-stratum: no stratum {key[:60]!r}; there are {', '.join(known)}")
        if key in sizes:
            raise BadInput(f"--sample-per-stratum: {key} is named twice")
        sizes[key] = int(number)
    if not any(sizes.values()):
        raise BadInput("--sample-per-stratum: every size is 0")
    return sizes


def sample_per_stratum(authorities: Iterable[Authority], sizes: Mapping[str, int], seed: int) -> list[Authority]:
    """Return so many authorities of each stratum (all when it has fewer, none when it is not named), in audit order.

    With the same seed, larger sizes give a sample that contains the smaller one.
    """
    strata: dict[str, list[Authority]] = defaultdict(list)
    for authority in authorities:
        strata[stratum_key(authority)].append(authority)
    chosen: list[Authority] = []
    for key, members in strata.items():
        members.sort(key=lambda member: (permanent_random_number(seed, member.code), member.code))
        chosen += members[: sizes.get(key, 0)]
    return stratified_order(chosen, seed)
