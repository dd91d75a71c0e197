"""Facts about one authority as a file states them, and how they complete what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from services.contracts.authorities import Authority, Kind
from services.scheduler.frame.cells import BadCell
from services.scheduler.frame.natures import nature_codes, nature_of
from services.scheduler.frame.territories import departement_of, departements


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one record says of one authority; None and empty mean that it does not say.

    The authority is named by ``code``, else by the first of ``alternatives`` that the frame knows,
    else by ``siren``. ``hint`` is a name good enough for an authority that no list names. ``epci_siren``
    is the EPCI that a commune belongs to.
    """

    code: str = ""
    alternatives: tuple[str, ...] = ()
    hint: str = ""
    siren: str | None = None
    name: str | None = None
    nature: str | None = None
    population: int | None = None
    departement: str | None = None
    region: str | None = None
    postal_codes: tuple[str, ...] = ()
    epci_siren: str | None = None
    declared_url: str | None = None
    url_source: str | None = None
    email_domain: str | None = None
    phone: str | None = None

    def stated(self) -> dict[str, object]:
        """Return the fields the record states, by the name the authority gives them."""
        values = ((name, getattr(self, name)) for name in FIELDS)
        return {name: value for name, value in values if value is not None and value not in ("", ())}


FIELDS = tuple(field.name for field in fields(Facts) if field.name not in {"code", "alternatives", "hint"})


def complete(known: Authority, stated: Mapping[str, object]) -> Authority:
    """Return a known authority with the stated facts in place of its own."""
    update = {name: value for name, value in stated.items() if getattr(known, name) != value}
    return known.model_copy(update=update) if update else known


def create(code: str, stated: Mapping[str, object]) -> Authority:
    """Return an authority the frame does not know yet. Raises BadCell naming the fact that is missing."""
    kind = Kind.COMMUNE if len(code) == 5 else Kind.EPCI
    if not stated.get("name"):
        raise BadCell(
            "name", "is not in the frame and has no name here: give a name, or import the list it is in", code
        )
    nature = stated.get("nature") or ("COM" if kind is Kind.COMMUNE else nature_of(str(stated["name"])))
    if kind is Kind.EPCI and nature not in nature_codes():
        expected = ", ".join(sorted(nature_codes()))
        raise BadCell("nature", f"the nature of this EPCI is unknown: give one of {expected}", str(nature or ""))
    derived: dict[str, object] = {"siren": code if kind is Kind.EPCI else None, "nature": nature}
    departement = str(stated.get("departement") or (departement_of(code) if kind is Kind.COMMUNE else ""))
    territory = departements().get(departement)
    if territory is not None:
        derived |= {"departement": territory.code, "region": territory.region, "zone": territory.zone}
    elif kind is Kind.COMMUNE:
        raise BadCell("code", f"starts with {departement}, which is no département", code)
    return Authority.model_validate({"code": code, "kind": kind} | derived | dict(stated))
