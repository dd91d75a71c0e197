"""The order in which authorities are audited, and samples: stratified by population, random, permanent.

Each authority has a permanent random number drawn from the seed and its code. Within a stratum the
authorities are ranked by that number, and the strata are interleaved in proportion, so that any
prefix of the order is a proportional stratified sample, and a larger sample contains a smaller one
(Ohlsson 1995, permanent random numbers).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from services.contracts.authorities import Authority, Kind
from services.contracts.strata import stratum_of

UNKNOWN_STRATUM = "unknown"
"""The stratum of the communes whose population is not known."""


def permanent_random_number(seed: int, code: str) -> float:
    """Return the authority's number in [0, 1): the same for ever for one seed and code."""
    digest = hashlib.sha256(f"{seed}|{code}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def stratum_key(authority: Authority) -> str:
    """Return the sampling stratum: the DGCL class of a commune, the nature of an EPCI."""
    if authority.kind is Kind.EPCI:
        return authority.nature
    stratum = stratum_of(authority.population)
    return stratum.id if stratum else UNKNOWN_STRATUM


def stratified_order(authorities: Iterable[Authority], seed: int) -> list[Authority]:
    """Return all the authorities in audit order. Deterministic in the seed and the set of authorities."""
    strata: dict[str, list[tuple[float, str, Authority]]] = defaultdict(list)
    for authority in authorities:
        number = permanent_random_number(seed, authority.code)
        strata[stratum_key(authority)].append((number, authority.code, authority))
    ranked: list[tuple[float, float, str, Authority]] = []
    for members in strata.values():
        members.sort(key=lambda member: member[:2])
        ranked += [
            ((rank + 0.5) / len(members), number, code, authority)
            for rank, (number, code, authority) in enumerate(members)
        ]
    ranked.sort(key=lambda item: item[:3])
    return [authority for *_, authority in ranked]


def sample(authorities: Iterable[Authority], size: int | None, seed: int) -> list[Authority]:
    """Return a proportional stratified sample in audit order; everything when ``size`` is None."""
    return stratified_order(authorities, seed)[:size]
