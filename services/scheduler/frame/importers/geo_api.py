"""geo.api.gouv.fr, `/communes`: the fields asked for, in JSON."""

from services.scheduler.frame.cells import commune_code, departement, population, postal_codes, region, required, siren
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    facts = Facts(
        code=commune_code(row.cells, "code"),
        name=required(row.cells, "nom"),
        siren=siren(row.cells, "siren"),
        population=population(row.cells, "population"),
        departement=departement(row.cells, "codedepartement"),
        region=region(row.cells, "coderegion"),
        epci_siren=siren(row.cells, "codeepci"),
        postal_codes=postal_codes(row.cells, "codespostaux"),
    )
    return Entry(row.line, (facts,))


GEO_API = Importer(
    id="geo-api",
    title="geo.api.gouv.fr",
    marks=frozenset({"code", "nom", "codedepartement"}),
    read=row_by_row(_read_row),
    lists=True,
)
