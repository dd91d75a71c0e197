"""Counts, inhabitants and declared sites of a frame, by stratum, région, nature and zone."""

from collections.abc import Callable, Iterable, Mapping

from services.contracts.authorities import Authority, Kind, Zone
from services.contracts.declared_url import UrlProblem, normalise_declared_url
from services.contracts.model import Record
from services.contracts.strata import strata, stratum_of
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.territories import regions

UNKNOWN = "unknown"


class Group(Record):
    """One class of authorities. ``declared`` counts those whose site field is not empty, whatever it holds."""

    id: str
    label: str
    count: int
    population: int
    declared: int


class FrameSummary(Record):
    """What a frame holds. ``strata`` and ``regions`` count communes of the study; ``natures`` and ``zones`` everything.

    ``url_problems`` counts the declared texts of all authorities that give no URL, by reason.
    """

    source: str
    date: str
    licence: str
    communes: Group
    epci: Group
    strata: tuple[Group, ...]
    regions: tuple[Group, ...]
    natures: tuple[Group, ...]
    zones: tuple[Group, ...]
    without_epci: tuple[str, ...]
    without_siren: int
    without_population: tuple[str, ...]
    uninhabited: tuple[str, ...]
    url_problems: Mapping[str, int]


def summarise(frame: Frame) -> FrameSummary:
    """Return the summary of a frame. Communes ``without_epci`` are those of the study only."""
    everything = tuple(frame.authorities.values())
    all_communes = [a for a in everything if a.kind is Kind.COMMUNE]
    communes = [a for a in all_communes if a.in_study]
    epci = [a for a in everything if a.kind is Kind.EPCI]
    problems = [normalise_declared_url(a.declared_url).problem for a in everything if a.declared_url]
    natures = ("COM", "CC", "CA", "CU", "METRO", "MET69")
    return FrameSummary(
        source=frame.source,
        date=frame.date,
        licence=frame.licence,
        communes=_group("communes", "Communes (métropole et DROM)", communes),
        epci=_group("epci", "EPCI à fiscalité propre", epci),
        strata=_groups(communes, _stratum, {s.id: s.label for s in strata()}),
        regions=_groups(communes, lambda a: a.region or UNKNOWN, {r.code: r.name for r in regions().values()}),
        natures=_groups(everything, lambda a: a.nature, {nature: nature for nature in natures}),
        zones=_groups(all_communes, lambda a: a.zone, {zone.value: zone.value for zone in Zone}),
        without_epci=tuple(a.code for a in communes if not a.epci_siren),
        without_siren=sum(a.siren is None for a in all_communes),
        without_population=tuple(a.code for a in all_communes if a.population is None),
        uninhabited=tuple(a.code for a in all_communes if a.population == 0),
        url_problems={p.value: problems.count(p) for p in UrlProblem if p in problems},
    )


def _stratum(authority: Authority) -> str:
    stratum = stratum_of(authority.population)
    return stratum.id if stratum else UNKNOWN


def _groups(
    authorities: Iterable[Authority], key: Callable[[Authority], str], labels: Mapping[str, str]
) -> tuple[Group, ...]:
    """Return the classes that are not empty, in the order of the labels; unforeseen classes come last."""
    held: dict[str, list[Authority]] = {id_: [] for id_ in labels}
    for authority in authorities:
        held.setdefault(key(authority), []).append(authority)
    return tuple(_group(id_, labels.get(id_, id_), members) for id_, members in held.items() if members)


def _group(id_: str, label: str, authorities: list[Authority]) -> Group:
    return Group(
        id=id_,
        label=label,
        count=len(authorities),
        population=sum(a.population or 0 for a in authorities),
        declared=sum(a.declared_url is not None for a in authorities),
    )
