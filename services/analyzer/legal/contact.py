"""Postal addresses and telephone numbers in normalised French text.

Both functions work on the text that follows the name of a host: a few hundred characters, so the patterns
may be generous. They answer what is printed, never whether it is true.
"""

import re
from collections.abc import Iterator

_STREET_KIND = (
    r"(?:rue|avenue|av\.?|ave|boulevard|bd\.?|blvd|place|pl\.?|chemin|ch\.|route|rte|allees?|impasse|imp\.?|quai|cours|"
    r"square|passage|esplanade|faubourg|fbg|voie|montee|lieu-?dit|hameau|parc|rond-point|residence|sentier|ruelle|"
    r"promenade|mail|parvis|zone|z\.?a\.?c?|z\.?i|zae|technopole|immeuble|batiment|bat\.?|domaine|espace|villa|cite|pont|"
    r"clos|venelle|traverse|port)"
)
_STREET = rf"\d{{1,4}}(?:\s?[-/]\s?\d{{1,4}})?(?:\s?(?:bis|ter|quater|[a-d]))?\s?,?\s(?:et \d+,? )?{_STREET_KIND}\s\w"
_STREET_WITHOUT_NUMBER = (
    r"(?:rue|avenue|boulevard|place|chemin|route|allee|impasse|quai|lieu-?dit)\s(?:\w+[ '.-]+){1,5}\d{1,4}\b"
)
_POSTAL_TOWN = r"(?:\b(?:f|fr|l|b|ch|d)\s?-\s?)?(?<!\d)(?<!\d )\d{5}(?!\d)[\s,-]+(?!euros?\b|r\.?c\.?s)[a-z][a-z'-]+"
_POSTAL_SPACED = r"(?<!\d )\b\d{2} \d{3}(?! ?\d)[\s,-]+(?!euros?|eur\b|r\.?c\.?s)[a-z][a-z'-]+"
_BOX = r"\b(?:b\.?p\.?|c\.?s\.?|tsa)\s?(?:n°)?\s?\d{2,6}\b"
_SWISS_OR_BELGIAN = (
    r"\b\d{4}\s[a-z][a-z'-]+(?:\s[a-z][a-z'-]+)?,?\s(?:\(?suisse|switzerland|belgique|belgium|luxembourg|geneve)"
)
_AMERICAN = (
    r"\d{1,5}\s(?:[\w.]+\s){1,4}(?:street|st|avenue|ave|road|rd|drive|way|lane|blvd|boulevard)\b"
    r"|\b[a-z]+ street,|\b[a-z]{2},? \d{5}(?:-\d{4})?\b"
)
_ABROAD = r"\b[\w-]*(?:strasse|straße|str\.)\s?\d{1,4}\b|\b\d{1,4},? [\w ]{3,30} (?:quay|row|dock|square)\b"
_ADDRESS = re.compile(
    "|".join(
        f"(?:{pattern})"
        for pattern in (
            _STREET,
            _STREET_WITHOUT_NUMBER,
            _POSTAL_TOWN,
            _POSTAL_SPACED,
            _BOX,
            _SWISS_OR_BELGIAN,
            _AMERICAN,
            _ABROAD,
        )
    )
)

_NUMBER = re.compile(r"\d+")
_REACH = 200
"""Characters before and after a number that an address may have; beyond it would be a sentence."""

_SEPARATOR = r"[ .\-/]{0,2}"
_NATIONAL = rf"(?<![\d.,/-])(?<!\d )0(?:{_SEPARATOR}\d){{9}}(?![ .]?\d)"
_INTERNATIONAL = rf"(?:\+|(?<![\d.])00)\s?\d{{1,3}}(?:{_SEPARATOR}\(0\))?(?:{_SEPARATOR}\(?\d\)?){{6,12}}(?!\d)"
_AMERICAN_PHONE = r"\(\d{3}\)\s?\d{3}[ .-]\d{4}(?!\d)"
_LABEL = r"\b(?:tel(?:ephone)?s?|telephonique|phone|appel(?:er|ez)?|joignable)\b[^0-9+]{0,30}"
_SHORT = rf"{_LABEL}(?P<short>\d{{4}}|\d(?:{_SEPARATOR}\d){{5,11}})(?![ .]?\d)"
_PHONE = re.compile(f"(?P<long>{_NATIONAL}|{_INTERNATIONAL}|{_AMERICAN_PHONE})|{_SHORT}")
_FAX = re.compile(r"(?<!tel/)(?<!tel\./)(?<!tel \/ )(?<!telephone/)(?:fax|telecopie(?:ur)?)\W{0,6}$")


def find_address(text: str) -> str | None:
    """Return the first postal address in normalised text, or None.

    A street with its number, a postal code with its town, a post-office box, or the usual foreign forms: one of
    them is enough for a letter to be attempted.
    """
    for start, end in _numbered_parts(text):
        match = _ADDRESS.search(text, start, end)
        if match:
            return text[match.start() : match.end() + 40].strip()
    return None


def may_hold_address(text: str) -> bool:
    """Whether a text has what every form of address has, a number or a street; the others need not be searched."""
    return bool(_NUMBER.search(text)) or "street," in text


def _numbered_parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text where an address may stand: near a number, as every form but one has."""
    if "street," in text:
        yield 0, len(text)
        return
    start = end = 0
    for number in _NUMBER.finditer(text):
        before = text.rfind(" ", 0, max(0, number.start() - _REACH)) + 1
        if before > end:
            if end:
                yield start, end
            start = before
        elif not end:
            start = 0
        after = text.find(" ", number.end() + _REACH)
        end = len(text) if after < 0 else after
    if end:
        yield start, end


def find_phone(text: str, *, other_than: str | None = None) -> str | None:
    """Return the first telephone number in normalised text as printed, or None.

    Fax numbers are passed over, and the number ``other_than`` (the town hall's, which is not its host's). Four-digit
    numbers such as 1007 count behind a word that says telephone; registration numbers never do.
    """
    excluded = phone_digits(other_than) if other_than else None
    for match in _PHONE.finditer(text):
        number = match.group("long") or match.group("short")
        if _FAX.search(text[: match.start()]) or phone_digits(number) == excluded:
            continue
        return number
    return None


def phone_digits(number: str) -> str:
    """Return the significant digits of a French number: no prefix, no leading zero."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    return digits.removeprefix("00").removeprefix("33").removeprefix("0")
