"""Postal codes of an authority: its own, and those that lie elsewhere."""

import re
from dataclasses import dataclass

from services.contracts.authorities import Authority, Kind

_CODE = re.compile(r"(?<![\d.,])(?:f-)?(\d{2}) ?(\d{3})(?!\d)")
_CORSICA = {"2A": "20", "2B": "20"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an authority's mail goes: postal codes, and the prefixes that its départements' codes have."""

    codes: frozenset[str]
    prefixes: frozenset[str]
    by_prefix: bool

    def own_code(self, text: str) -> bool:
        """Whether the text holds one of its postal codes, or a CEDEX code of its département."""
        for match in _CODE.finditer(text):
            code = match[1] + match[2]
            local = _prefix(code) in self.prefixes
            cedex = re.match(r"[^\d]{0,40}\bcedex\b", text[match.end() :])
            if code in self.codes or (local and (self.by_prefix or cedex)):
                return True
        return False

    def elsewhere(self, code: str) -> bool:
        """Whether a postal code belongs to another département."""
        digits = re.sub(r"\D", "", code)
        return bool(self.prefixes) and len(digits) == 5 and _prefix(digits) not in self.prefixes


def place_of(authority: Authority) -> Place:
    """Return the postal codes of an authority. An EPCI has none of its own: those of its département stand for them."""
    codes = frozenset(authority.postal_codes)
    prefixes = {_prefix(code) for code in codes}
    for departement in {authority.departement, *(_departement(member) for member in authority.members)}:
        if departement:
            prefixes.add(_CORSICA.get(departement, departement))
    by_prefix = authority.kind is Kind.EPCI or not codes
    return Place(codes, frozenset(prefixes), by_prefix)


def _departement(code: str) -> str:
    return code[:3] if code.startswith("97") else code[:2]


def _prefix(code: str) -> str:
    return code[:3] if code.startswith("97") else code[:2]
