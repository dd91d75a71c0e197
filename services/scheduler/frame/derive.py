"""What the frame derives rather than reads: recent mergers, and the facts of an EPCI that follow from its communes."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.contracts.authorities import Authority, Kind
from services.contracts.model import Record
from services.scheduler.frame.territories import departements


class Merger(Record):
    """Several EPCI that became one."""

    siren: str
    name: str
    nature: str
    former: tuple[str, ...]


@cache
def mergers() -> tuple[Merger, ...]:
    """Return the mergers that the yearly lists do not know yet."""
    table = tomllib.loads(files(__package__).joinpath("epci_mergers.toml").read_text(encoding="utf-8"))
    return tuple(Merger.model_validate(row) for row in table["merger"])


@dataclass(frozen=True, slots=True)
class Derived:
    """The authorities in the order of a frame, and what was left out or remains open, in sentences."""

    authorities: Mapping[str, Authority]
    notes: tuple[str, ...] = ()


def derive(authorities: Iterable[Authority]) -> Derived:
    """Apply the mergers, then give every EPCI the facts that follow from its communes.

    Members are the communes that name the EPCI; its population is the sum of theirs (one vintage for
    both, so that strata agree); its postal codes are all of theirs, because a site may show that of
    any member; its département and région are those where most of its inhabitants live. An EPCI that
    no commune of the frame names any more is left out, unless no member of it is in the frame.
    """
    held = _with_mergers({authority.code: authority for authority in authorities})
    groups: dict[str, list[Authority]] = defaultdict(list)
    for authority in held.values():
        if authority.kind is Kind.COMMUNE and authority.epci_siren:
            groups[authority.epci_siren].append(authority)
    notes: list[str] = []
    derived: dict[str, Authority] = {}
    for code in sorted(held, key=lambda code: (len(code), code)):
        authority = held[code]
        if authority.kind is Kind.COMMUNE:
            derived[code] = _named(authority, held)
        elif code in groups:
            derived[code] = _summed(authority, groups[code])
        elif any(member in held for member in authority.members):
            notes.append(f"EPCI {code} ({authority.name}) has no commune left: left out")
        else:
            derived[code] = authority
    notes += [
        f"EPCI {siren} is named by {len(groups[siren])} communes but is not in the frame"
        for siren in groups
        if siren not in held
    ]
    return Derived(derived, tuple(notes))


def _with_mergers(held: dict[str, Authority]) -> dict[str, Authority]:
    for merger in mergers():
        former = [held.pop(siren) for siren in merger.former if siren in held]
        for code, authority in held.items():
            if authority.epci_siren in merger.former:
                held[code] = authority.model_copy(update={"epci_siren": merger.siren})
        if former and merger.siren not in held:
            held[merger.siren] = Authority(
                code=merger.siren,
                kind=Kind.EPCI,
                name=merger.name,
                nature=merger.nature,
                siren=merger.siren,
                members=tuple(sorted(member for epci in former for member in epci.members)),
            )
    return held


def _named(commune: Authority, held: Mapping[str, Authority]) -> Authority:
    epci = held.get(commune.epci_siren) if commune.epci_siren else None
    name = epci.name if epci else None
    return commune if name == commune.epci_name else commune.model_copy(update={"epci_name": name})


def _summed(epci: Authority, communes: list[Authority]) -> Authority:
    weights: Counter[str] = Counter()
    for commune in communes:
        # The 1 lets six villages without inhabitants, or communes without a census, still count.
        weights[commune.departement or ""] += (commune.population or 0) * 10_000 + 1
    majority = min(weights, key=lambda code: (-weights[code], code))
    territory = departements().get(majority)
    known = [commune.population for commune in communes if commune.population is not None]
    update = {
        "members": tuple(sorted(commune.code for commune in communes)),
        "population": sum(known) if known else None,
        "postal_codes": tuple(sorted({code for commune in communes for code in commune.postal_codes})),
        "departement": majority or None,
        "region": territory.region if territory else None,
        "zone": territory.zone if territory else epci.zone,
    }
    return epci.model_copy(update=update)
