"""The populations that statistics speak of: the country, strata, régions, départements, EPCI natures.

Scopes of communes: ``communes``, ``stratum:<id>``, ``communes:lt2000``, ``communes:ge2000``,
``region:<code>``, ``departement:<code>``. Scopes of EPCI: ``epci``, ``epci:<nature>``. Overseas
collectivities are in none of them. A commune without a known population is in no stratum.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from services.aggregator.domain.territories import departements, regions
from services.contracts.authorities import Authority, Kind
from services.contracts.model import Record
from services.contracts.strata import strata, stratum_of

COMMUNES = "communes"
EPCI = "epci"
SMALL = "communes:lt2000"
LARGE = "communes:ge2000"
_SEED_THRESHOLD = 2000
"""Inhabitants; the 2018 study opposes communes under and over it."""

_NATURES = {
    "CC": "Communautés de communes",
    "CA": "Communautés d’agglomération",
    "CU": "Communautés urbaines",
    "METRO": "Métropoles",
    "MET69": "Métropole de Lyon",
}


class ScopeKind(StrEnum):
    """The way a scope cuts the country."""

    ALL = "all"
    THRESHOLD = "threshold"
    STRATUM = "stratum"
    REGION = "region"
    DEPARTEMENT = "departement"
    NATURE = "nature"


class Scope(Record):
    """A population of authorities of one kind. ``label`` is what the public reads, in French."""

    id: str
    label: str
    kind: ScopeKind
    of: Kind


@cache
def all_scopes() -> Mapping[str, Scope]:
    """Return every scope by id, in the order of publication."""
    scopes = [
        _scope(COMMUNES, "Ensemble des communes", ScopeKind.ALL),
        _scope(SMALL, "Moins de 2 000 habitants", ScopeKind.THRESHOLD),
        _scope(LARGE, "2 000 habitants et plus", ScopeKind.THRESHOLD),
        *(_scope(f"stratum:{s.id}", s.label, ScopeKind.STRATUM) for s in strata()),
        _scope(EPCI, "Ensemble des EPCI", ScopeKind.ALL, Kind.EPCI),
        *(_scope(f"epci:{nature}", label, ScopeKind.NATURE, Kind.EPCI) for nature, label in _NATURES.items()),
        *(_scope(f"region:{code}", name, ScopeKind.REGION) for code, name in regions().items()),
        *(
            _scope(f"departement:{code}", f"{name} ({code})", ScopeKind.DEPARTEMENT)
            for code, name in departements().items()
        ),
    ]
    return MappingProxyType({scope.id: scope for scope in scopes})


def scopes_of(authority: Authority) -> tuple[str, ...]:
    """Return the ids of the scopes an authority belongs to; none for one outside the study."""
    if not authority.in_study:
        return ()
    if authority.kind is Kind.EPCI:
        candidates = [EPCI, f"epci:{authority.nature}"]
    else:
        candidates = [COMMUNES, f"region:{authority.region}", f"departement:{authority.departement}"]
        stratum = stratum_of(authority.population)
        if stratum and authority.population is not None:
            candidates += [f"stratum:{stratum.id}", SMALL if authority.population < _SEED_THRESHOLD else LARGE]
    return tuple(scope for scope in candidates if scope in all_scopes())


def _scope(id_: str, label: str, kind: ScopeKind, of: Kind = Kind.COMMUNE) -> Scope:
    return Scope(id=id_, label=label, kind=kind, of=of)
