"""DGCL, composition of the EPCI à fiscalité propre: `epcicomAAAA.xlsx` and its CSV, one row a member commune."""

from services.scheduler.frame.cells import BadCell, commune_code, required, siren, text_of
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.natures import nature_of
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    cells = row.cells
    code = siren(cells, "siren")
    if not code:
        raise BadCell("siren", "is empty")
    nature = nature_of(required(cells, "nature_juridique"))
    if nature is None:
        return Entry(row.line, skipped=f"not an EPCI à fiscalité propre: {required(cells, 'nature_juridique')}")
    return Entry(
        row.line,
        (
            Facts(code=code, siren=code, name=required(cells, "raison_sociale"), nature=nature),
            Facts(
                code=commune_code(cells, "insee"),
                siren=siren(cells, "siren_membre"),
                hint=text_of(cells, "nom_membre"),
                epci_siren=code,
            ),
        ),
    )


DGCL = Importer(
    id="dgcl",
    title="DGCL, liste et composition des EPCI à fiscalité propre",
    marks=frozenset({"siren", "raison_sociale", "nature_juridique", "insee"}),
    read=row_by_row(_read_row),
    lists=True,
)
