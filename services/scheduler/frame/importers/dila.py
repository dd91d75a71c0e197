"""DILA, annuaire de l'administration (service-public): the records of town halls and of EPCI.

Reads the API export (JSON or CSV, where nested fields are JSON inside strings) and the files of the
tar (where they really are nested). Each shape is understood field by field, so a mix is too.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from services.contracts.authorities import is_authority_code
from services.contracts.text import normalise
from services.scheduler.frame.cells import (
    BadCell,
    email_domain,
    phone,
    siren,
    siren_of_siret,
    text_of,
    without_mail_names,
)
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.frame import city_of_district
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.tables import RawRow

_SECONDARY = re.compile(r"^mairie.+(?:deleguee|annexe|de quartier|de proximite)\b|^mairie (?:deleguee|annexe)\b")
_TOWN_HALL = re.compile(r"^\s*mairies?\s*[-–:]\s*|\s*[-–]\s*mairie\s*$", re.IGNORECASE)


def _read_row(row: RawRow) -> Entry:
    cells = row.cells
    if text_of(cells, "statut_de_diffusion").lower() in {"false", "0"}:
        return Entry(row.line, skipped="not published (statut_de_diffusion)")
    roles = _roles(cells)
    name = text_of(cells, "nom")
    if "mairie" in roles:
        if _SECONDARY.search(normalise(name)):
            return Entry(row.line, skipped="town hall of a former commune or annex (mairie déléguée, annexe)")
        return _town_hall(row, roles["mairie"] or (text_of(cells, "code_insee_commune"),), name)
    if "epci" in roles:
        return _epci(row, name)
    return Entry(row.line, skipped=f"not a town hall or an EPCI: {', '.join(sorted(roles)) or 'no pivot'}")


def _town_hall(row: RawRow, pivots: tuple[str, ...], name: str) -> Entry:
    codes = [code.strip().upper() for code in pivots]
    bad = tuple(BadCell("pivot", "is not an INSEE code", c) for c in codes if len(c) != 5 or not is_authority_code(c))
    good = [code for code in codes if len(code) == 5 and is_authority_code(code)]
    if good and all(city_of_district(code) for code in good):
        return Entry(row.line, skipped="town hall of an arrondissement of Paris, Lyon or Marseille")
    common = _common(row.cells, _TOWN_HALL.sub("", name))
    return Entry(row.line, tuple(replace(common, code=code) for code in good), bad=bad)


def _epci(row: RawRow, name: str) -> Entry:
    """Return the facts of an EPCI, found by its SIRET, then by its SIREN: either may be wrong in the directory."""
    bad: list[BadCell] = []
    sirens: list[str] = []
    for read, column in ((siren_of_siret, "siret"), (siren, "siren")):
        try:
            sirens.append(read(row.cells, column))
        except BadCell as error:
            bad.append(error)
    found = [code for code in sirens if code]
    if not found:
        raise bad[0] if bad else BadCell("siret", "an EPCI without SIRET or SIREN")
    facts = replace(_common(row.cells, name), code=found[0], alternatives=tuple(found[1:]))
    return Entry(row.line, (facts,), bad=tuple(bad))


def _common(cells: Mapping[str, object], name: str) -> Facts:
    urls = " ; ".join(_urls(cells))
    mails = _decoded(cells, "adresse_courriel")
    numbers = [text_of(item, "valeur") for item in _items(cells, "telephone")]
    addresses = [text_of(item, "code_postal") for item in _items(cells, "adresse")]
    return Facts(
        hint=name,
        declared_url=without_mail_names(urls),
        url_source="dila" if urls else None,
        email_domain=email_domain(" ".join(map(str, mails)) if isinstance(mails, list) else str(mails or "")),
        phone=next(filter(None, map(phone, numbers)), None),
        postal_codes=tuple(sorted({code for code in addresses if re.fullmatch(r"\d{5}", code)})),
    )


def _urls(cells: Mapping[str, object]) -> list[str]:
    """Return the addresses of the site field: those without a label first, since a label names one e-service."""
    sites = [(text_of(item, "libelle"), text_of(item, "valeur")) for item in _items(cells, "site_internet")]
    ordered = sorted((site for site in sites if site[1]), key=lambda site: site[0] != "")
    return list(dict.fromkeys(url for _, url in ordered))


def _roles(cells: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return the INSEE codes of each role of a record: one record may be a council and a town hall at once."""
    roles: dict[str, tuple[str, ...]] = {}
    for pivot in _items(cells, "pivot"):
        role = text_of(pivot, "type_service_local")
        codes = pivot.get("code_insee_commune")
        listed = (
            tuple(map(str, codes)) if isinstance(codes, list) else tuple(text_of(pivot, "code_insee_commune").split())
        )
        roles[role] = tuple(dict.fromkeys(roles.get(role, ()) + listed))
    return roles


def _items(cells: Mapping[str, object], column: str) -> list[dict[str, object]]:
    value = _decoded(cells, column)
    found = value if isinstance(value, list) else [value]
    return [item if isinstance(item, dict) else {"valeur": item} for item in found if item]


def _decoded(cells: Mapping[str, object], column: str) -> object:
    """Return a field, decoded when it is JSON inside a string; plain text stays text. Raises BadCell."""
    value = cells.get(column)
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise BadCell(column, "is not JSON", value) from None
    return value


DILA = Importer(
    id="dila",
    title="DILA, annuaire de l'administration (service-public)",
    marks=frozenset({"pivot", "nom", "site_internet"}),
    read=row_by_row(_read_row),
    lists=False,
    weak=frozenset({"postal_codes"}),
)
