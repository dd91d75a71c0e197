"""BANATIC: the national export (one row per groupement and member) and « Coordonnées des groupements ».

Only EPCI à fiscalité propre are kept of all groupements. Members are known by their SIREN. The
coordinates are the other official source of the sites of EPCI.
"""

from services.scheduler.frame.cells import BadCell, email_domain, phone, required, siren, text_of, without_mail_names
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.natures import nature_of
from services.scheduler.frame.tables import RawRow


def _read_row(row: RawRow) -> Entry:
    cells = row.cells
    form = required(cells, "nature_juridique")
    nature = nature_of(form)
    if nature is None:
        return Entry(row.line, skipped=f"not an EPCI à fiscalité propre: {form}")
    code = siren(cells, "n_siren")
    if not code:
        raise BadCell("n_siren", "is empty")
    url = without_mail_names(text_of(cells, "site_internet"))
    epci = Facts(
        code=code,
        siren=code,
        name=required(cells, "nom_du_groupement"),
        nature=nature,
        declared_url=url,
        url_source="banatic" if url else None,
        email_domain=email_domain(text_of(cells, "courriel_du_siege")),
        phone=phone(text_of(cells, "telephone_du_siege")),
    )
    member = siren(cells, "siren_membre")
    if not member or text_of(cells, "categorie", "categorie_membre").lower() not in {"", "commune"}:
        return Entry(row.line, (epci,))
    return Entry(row.line, (epci, Facts(siren=member, epci_siren=code)))


BANATIC = Importer(
    id="banatic",
    title="BANATIC, base nationale sur l'intercommunalité",
    marks=frozenset({"n_siren", "nom_du_groupement", "nature_juridique"}),
    read=row_by_row(_read_row),
    lists=True,
)
