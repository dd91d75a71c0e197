"""A plain CSV: `code,kind,name,url` and optional columns, in any order.

Optional: nature, siren, population, departement, region, postal_codes, epci_siren, phone, email.
"""

from services.contracts.authorities import is_authority_code
from services.scheduler.frame.cells import (
    BadCell,
    departement,
    email_domain,
    phone,
    population,
    postal_codes,
    region,
    siren,
    text_of,
    without_mail_names,
)
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.frame import canonical_code, city_of_district
from services.scheduler.frame.importer import Entry, Importer, row_by_row
from services.scheduler.frame.natures import nature_codes
from services.scheduler.frame.tables import RawRow

_KIND_LENGTH = {"commune": 5, "epci": 9}


def plain_facts(row: RawRow, url_source: str) -> Facts:
    """Return what one row of a plain CSV says. Raises BadCell."""
    cells = row.cells
    code = canonical_code(text_of(cells, "code"))
    if not code:
        raise BadCell("code", "is empty: give the INSEE code (5 characters) or the SIREN (9 digits)")
    if not is_authority_code(code):
        raise BadCell("code", "is neither an INSEE code (5 characters) nor a SIREN (9 digits)", code)
    city = city_of_district(code)
    if city:
        raise BadCell("code", f"is an arrondissement of the commune {city}: give that code", code)
    kind = text_of(cells, "kind").lower()
    if kind and _KIND_LENGTH.get(kind) != len(code):
        expected = "commune or epci" if kind not in _KIND_LENGTH else f"a code of {_KIND_LENGTH[kind]} characters"
        raise BadCell("kind", f"does not fit the code {code}: give {expected}", kind)
    nature = text_of(cells, "nature").upper()
    expected_natures = ("COM",) if len(code) == 5 else nature_codes()
    if nature and nature not in expected_natures:
        raise BadCell("nature", f"does not fit the code {code}: give {' or '.join(expected_natures)}", nature)
    url = without_mail_names(text_of(cells, "url"))
    return Facts(
        code=code,
        name=text_of(cells, "name"),
        nature=nature,
        siren=siren(cells, "siren"),
        population=population(cells, "population"),
        departement=departement(cells, "departement"),
        region=region(cells, "region"),
        postal_codes=postal_codes(cells, "postal_codes"),
        epci_siren=siren(cells, "epci_siren"),
        declared_url=url,
        url_source=url_source if url else None,
        email_domain=email_domain(text_of(cells, "email")) or text_of(cells, "email_domain").lower(),
        phone=phone(text_of(cells, "phone")),
    )


def _read_row(row: RawRow) -> Entry:
    return Entry(row.line, (plain_facts(row, "file"),))


PLAIN = Importer(
    id="plain",
    title="plain CSV",
    marks=frozenset({"code", "url"}),
    read=row_by_row(_read_row),
    lists=True,
)
