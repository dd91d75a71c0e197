"""Etalab, découpage administratif: `communes.json` (COG with SIREN, postal codes and populations)."""

from services.scheduler.frame.cells import commune_code, departement, population, postal_codes, region, required, siren
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    cells = row.cells
    kind = required(cells, "type")
    if kind != "commune-actuelle":
        return Entry(row.line, skipped=f"not a commune today: {kind}")
    facts = Facts(
        code=commune_code(cells, "code"),
        name=required(cells, "nom"),
        siren=siren(cells, "siren"),
        departement=departement(cells, "departement"),
        region=region(cells, "region"),
        population=population(cells, "population"),
        postal_codes=postal_codes(cells, "codespostaux"),
    )
    return Entry(row.line, (facts,))


ETALAB_COMMUNES = Importer(
    id="etalab-communes",
    title="Etalab, découpage administratif (communes)",
    marks=frozenset({"code", "nom", "type", "typeliaison"}),
    read=row_by_row(_read_row),
    lists=True,
)
