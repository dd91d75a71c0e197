"""Etalab, découpage administratif: `epci.json` (EPCI à fiscalité propre with their members).

Its populations are left out: they are one vintage older than those of the communes.
"""

from collections.abc import Iterator

from services.scheduler.frame.cells import BadCell, commune_code, required, siren, text_of
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.natures import nature_of
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    cells = row.cells
    code = siren(cells, "code")
    if not code:
        raise BadCell("code", "is empty")
    nature = nature_of(required(cells, "type"))
    if nature is None:
        return Entry(row.line, skipped=f"not an EPCI à fiscalité propre: {required(cells, 'type')}")
    bad: list[BadCell] = []
    members = tuple(_members(cells.get("membres"), code, bad))
    epci = Facts(code=code, siren=code, name=required(cells, "nom"), nature=nature)
    return Entry(row.line, (epci, *members), bad=tuple(bad))


def _members(value: object, epci: str, bad: list[BadCell]) -> Iterator[Facts]:
    for member in value if isinstance(value, list) else []:
        try:
            yield Facts(
                code=commune_code(member, "code"),
                hint=text_of(member, "nom"),
                siren=siren(member, "siren"),
                epci_siren=epci,
            )
        except (BadCell, AttributeError) as error:
            bad.append(BadCell("membres", "holds a member without an INSEE code", str(error)))


ETALAB_EPCI = Importer(
    id="etalab-epci",
    title="Etalab, découpage administratif (EPCI)",
    marks=frozenset({"code", "nom", "type", "membres"}),
    read=row_by_row(_read_row),
    lists=True,
)
