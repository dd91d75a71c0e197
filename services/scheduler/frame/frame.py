"""A frame: the dated list of authorities, looked up and filtered."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.contracts.text import slug
from services.scheduler.frame.territories import find_departement, find_region

_DISTRICTS = {"75056": re.compile(r"751\d\d"), "69123": re.compile(r"6938\d"), "13055": re.compile(r"132\d\d")}
"""Arrondissements municipaux: INSEE codes of parts of Paris, Lyon and Marseille, which are one commune each."""


def city_of_district(code: str) -> str | None:
    """Return the commune of which an INSEE code is an arrondissement municipal, None for other codes."""
    return next((city for city, pattern in _DISTRICTS.items() if pattern.fullmatch(code)), None)


def canonical_code(text: str) -> str:
    """Return an authority code as the frame writes it: upper case, the leading zero that spreadsheets eat restored."""
    code = re.sub(r"\s", "", text).upper()
    return "0" + code if re.fullmatch(r"\d{4}", code) else code


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Authorities by code, communes first, each kind in the order of its codes.

    ``source`` names where the facts come from, ``date`` (ISO) until when they are known to hold.
    """

    authorities: Mapping[str, Authority]
    source: str
    date: str
    licence: str

    def get(self, code: str) -> Authority:
        """Return the authority with this code. Raises BadInput that names what may have been meant."""
        found = self.authorities.get(canonical_code(code))
        if found is None:
            raise BadInput(f"no authority {code!r} in the frame of {self.date}: {self._hint(code)}")
        return found

    def select(
        self,
        *,
        codes: Collection[str] | None = None,
        kind: Kind | None = None,
        departement: str | None = None,
        region: str | None = None,
        in_study: bool | None = None,
    ) -> tuple[Authority, ...]:
        """Return the authorities that meet every condition given, in the order of the frame.

        ``departement`` and ``region`` are codes or names. Raises BadInput for an unknown code or name.
        """
        chosen = (
            self.authorities.values()
            if codes is None
            else {self.get(code).code: self.get(code) for code in codes}.values()
        )
        department_code = None if departement is None else find_departement(departement)
        region_code = None if region is None else find_region(region)
        return tuple(
            authority
            for authority in chosen
            if (kind is None or authority.kind is kind)
            and (department_code is None or authority.departement == department_code)
            and (region_code is None or authority.region == region_code)
            and (in_study is None or authority.in_study is in_study)
        )

    def _hint(self, code: str) -> str:
        wanted = canonical_code(code)
        city = city_of_district(wanted)
        if city is not None and city in self.authorities:
            return f"it is an arrondissement of {self.authorities[city].name}, give {city}"
        near = [c for c in self.authorities if len(c) == len(wanted) and _one_apart(c, wanted)]
        name = slug(code)
        near += [a.code for a in self.authorities.values() if name and slug(a.name) == name]
        if near:
            shown = ", ".join(f"{c} ({self.authorities[c].name})" for c in near[:5])
            return f"did you mean {shown}?"
        return "give an INSEE code (5 characters) or a SIREN (9 digits); `commune-audit frame list` shows them"


def _one_apart(one: str, two: str) -> bool:
    """Whether two texts of one length differ in one place, or in two neighbours that were swapped."""
    places = [i for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    swapped = len(places) == 2 and [one[i] for i in places] == [two[i] for i in reversed(places)]
    return len(places) == 1 or swapped
