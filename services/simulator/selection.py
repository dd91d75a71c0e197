"""Which real authorities a synthetic country of a given size is made of. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from services.contracts.authorities import Authority, Kind
from services.contracts.strata import stratum_of
from services.simulator.draws import unit

_EPCI_SHARE = 0.1


def choose_authorities(authorities: Iterable[Authority], size: int, seed: int) -> tuple[Authority, ...]:
    """Return ``size`` authorities of the study (fewer when there are not that many), the same for the same seed.

    One in ten is an EPCI. Communes are drawn in proportion to the population strata, with one of each stratum at
    least; within a stratum the draw is by a hash, so a larger country holds most of a smaller one.
    """
    strata: dict[str, list[Authority]] = defaultdict(list)
    for authority in authorities:
        stratum = stratum_of(authority.population)
        if authority.in_study and stratum:
            strata["epci" if authority.kind is Kind.EPCI else stratum.id].append(authority)
    for members in strata.values():
        members.sort(key=lambda authority: unit(seed, authority.code, "selection"))
    epci = strata.pop("epci", [])
    wanted = min(len(epci), max(1, round(size * _EPCI_SHARE))) if size > 1 else 0
    chosen = epci[:wanted] + _proportional(strata, size - wanted)
    chosen += epci[wanted : wanted + size - len(chosen)]
    return tuple(sorted(chosen, key=lambda authority: unit(seed, authority.code, "order")))


def _proportional(strata: dict[str, list[Authority]], size: int) -> list[Authority]:
    """Return communes shared out between the strata by largest remainder, one each first."""
    total = sum(len(members) for members in strata.values())
    size = min(size, total)
    names = sorted(strata, key=lambda name: -len(strata[name]))
    counts = {name: 1 if index < size else 0 for index, name in enumerate(names)}
    exact = {name: size * len(strata[name]) / total for name in names} if total else {}
    while sum(counts.values()) < size:
        open_names = [name for name in names if counts[name] < len(strata[name])]
        neediest = max(open_names, key=lambda name: exact[name] - counts[name])
        counts[neediest] += 1
    return [authority for name in names for authority in strata[name][: counts[name]]]
