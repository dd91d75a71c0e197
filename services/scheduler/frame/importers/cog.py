"""INSEE, Code officiel géographique: `v_commune_AAAA.csv`. Former and delegated communes are left out."""

from services.scheduler.frame.cells import commune_code, departement, region, required
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    kind = required(row.cells, "typecom")
    if kind != "COM":
        return Entry(row.line, skipped=f"not a commune today: TYPECOM {kind}")
    facts = Facts(
        code=commune_code(row.cells, "com"),
        name=required(row.cells, "libelle"),
        departement=departement(row.cells, "dep"),
        region=region(row.cells, "reg"),
    )
    return Entry(row.line, (facts,))


COG = Importer(
    id="cog",
    title="INSEE, Code officiel géographique",
    marks=frozenset({"typecom", "com", "libelle"}),
    read=row_by_row(_read_row),
    lists=True,
)
