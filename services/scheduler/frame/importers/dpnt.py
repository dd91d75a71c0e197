"""ANCT, Données de la présence numérique des territoires (DPNT): communes, EPCI, départements and régions in one file.

Published daily on data.gouv.fr as `dpnt-quotidien.json.gz` (an array) and as CSV. Fields as written by
suitenumerique/st-home, data/tasks/sync.py.
"""

from dataclasses import replace

from services.scheduler.frame.cells import (
    BadCell,
    commune_code,
    departement,
    email_domain,
    phone,
    population,
    postal_codes,
    region,
    required,
    siren,
    siren_of_siret,
    text_of,
    without_mail_names,
)
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    cells = row.cells
    kind = required(cells, "type").lower()
    if kind not in {"commune", "epci"}:
        return Entry(row.line, skipped=f"not a commune or an EPCI: {kind}")
    own_siren = siren(cells, "siren") or siren_of_siret(cells, "siret")
    url = without_mail_names(text_of(cells, "site_internet"))
    common = Facts(
        siren=own_siren,
        name=required(cells, "libelle"),
        declared_url=url,
        url_source="dpnt" if url else None,
        email_domain=email_domain(text_of(cells, "adresse_messagerie")),
        phone=phone(text_of(cells, "telephone")),
    )
    if kind == "epci":
        if not own_siren:
            raise BadCell("siren", "an EPCI without SIREN or SIRET")
        return Entry(row.line, (replace(common, code=own_siren),))
    commune = replace(
        common,
        code=commune_code(cells, "code_insee"),
        population=population(cells, "population"),
        postal_codes=postal_codes(cells, "code_postal"),
        departement=departement(cells, "departement_code_insee"),
        region=region(cells, "region_code_insee"),
        epci_siren=siren(cells, "epci_siren"),
    )
    return Entry(row.line, (commune,))


DPNT = Importer(
    id="dpnt",
    title="ANCT, Données de la présence numérique des territoires",
    marks=frozenset({"type", "siren", "libelle", "code_insee", "site_internet"}),
    read=row_by_row(_read_row),
    lists=True,
    # One postal code a commune is given, where the frame may know several.
    weak=frozenset({"postal_codes"}),
)
