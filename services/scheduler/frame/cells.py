"""How one cell of a file becomes one fact. Every function takes text and raises BadCell with a reason."""

import re
from collections.abc import Mapping

from services.contracts.authorities import is_authority_code
from services.scheduler.frame.frame import canonical_code
from services.scheduler.frame.territories import Territory, departements, regions


class BadCell(ValueError):
    """A cell does not hold what its column promises."""

    def __init__(self, column: str, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason
        self.value = value


def text_of(row: Mapping[str, object], *columns: str) -> str:
    """Return the first of the columns that is not empty, spaces collapsed, as text; empty when none is."""
    for column in columns:
        value = row.get(column)
        text = " ".join(str(value).split()) if value is not None and not isinstance(value, (list, dict)) else ""
        if text:
            return text
    return ""


def required(row: Mapping[str, object], column: str) -> str:
    """Return a cell that must not be empty."""
    text = text_of(row, column)
    if not text:
        raise BadCell(column, "is empty")
    return text


def commune_code(row: Mapping[str, object], column: str) -> str:
    """Return an INSEE commune code, its leading zero restored."""
    code = canonical_code(required(row, column))
    if len(code) != 5 or not is_authority_code(code):
        raise BadCell(column, "is not an INSEE code of 5 characters", code)
    return code


def siren(row: Mapping[str, object], column: str) -> str:
    """Return a SIREN of nine digits, empty when the cell is."""
    text = re.sub(r"[\s.]", "", text_of(row, column))
    if text and not re.fullmatch(r"\d{9}", text):
        raise BadCell(column, "is not a SIREN of 9 digits", text)
    return text


def siren_of_siret(row: Mapping[str, object], column: str) -> str:
    """Return the SIREN that a SIRET starts with, empty when the cell is."""
    text = re.sub(r"[\s.]", "", text_of(row, column))
    if text and not re.fullmatch(r"\d{14}", text):
        raise BadCell(column, "is not a SIRET of 14 digits", text)
    return text[:9]


def population(row: Mapping[str, object], column: str) -> int | None:
    """Return a number of inhabitants, None when the cell is empty. Thousands may be spaced (`1 234`)."""
    text = re.sub(r"\s", "", text_of(row, column))
    if not text:
        return None
    if not re.fullmatch(r"\d{1,8}(?:\.0+)?", text):
        raise BadCell(column, "is not a number of inhabitants", text)
    return int(text.split(".")[0])


def postal_codes(row: Mapping[str, object], column: str) -> tuple[str, ...]:
    """Return postal codes of five digits, given as a list or separated by anything."""
    value = row.get(column)
    parts = [str(part) for part in value] if isinstance(value, list) else re.split(r"[^\w]+", text_of(row, column))
    codes = [part.zfill(5) if re.fullmatch(r"\d{4}", part) else part for part in parts if part]
    bad = next((code for code in codes if not re.fullmatch(r"\d{5}", code)), None)
    if bad is not None:
        raise BadCell(column, "is not a postal code of 5 digits", bad)
    return tuple(sorted(set(codes)))


def departement(row: Mapping[str, object], column: str) -> str:
    """Return a département code, empty when the cell is."""
    return _territory(row, column, departements())


def region(row: Mapping[str, object], column: str) -> str:
    """Return a région code, empty when the cell is."""
    return _territory(row, column, regions())


def _territory(row: Mapping[str, object], column: str, table: Mapping[str, Territory]) -> str:
    text = text_of(row, column).upper()
    code = text.zfill(2) if text.isdigit() else text
    if code and code not in table:
        raise BadCell(column, "is no code of the Code officiel géographique", text)
    return code


def email_domain(text: str) -> str | None:
    """Return the domain of the first mail address of a text. The name before the @ is never kept: many are personal."""
    found = re.search(r"@\s*([\w-]+(?:\.[\w-]+)+)", text)
    return found[1].lower() if found else None


def without_mail_names(text: str) -> str:
    """Return a text in which every mail address keeps only its domain (`@example.fr`)."""
    return re.sub(r"[^\s@/:;,<>]+@(?=[\w-]+\.)", "@", text)


def phone(text: str) -> str | None:
    """Return a French telephone in pairs of digits, other numbers as they are, None for fragments."""
    digits = re.sub(r"\D", "", re.sub(r"^\s*(?:\+|00)33\s*(?:\(0\))?", "0", text))
    if len(digits) == 10:
        return " ".join(re.findall("..", digits))
    # Nine digits without a country code are a truncated French number.
    whole = 6 <= len(digits) <= 15 and (text.lstrip().startswith("+") or len(digits) != 9)
    return " ".join(text.split()) if whole else None
