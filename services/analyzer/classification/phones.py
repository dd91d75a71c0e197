"""French telephone numbers in running text, whatever their spelling."""

import re

_NUMBER = re.compile(
    r"(?<!\d)(?:(?:\+|00)\s?(?:33|262|590|594|596)\s?(?:\(0\)\s?|0)?|0)[1-9](?:[\s.\-/_]{0,3}\d){8}(?!\d)"
)


def phones_in(text: str) -> dict[str, str]:
    """Return the numbers of a text as ten digits (0556000000), each with how it was written.

    Knows national (05 56 00 00 00, 05.56…, 0556-000-000), international (+33, 0033, +33 (0)) and overseas forms.
    """
    found: dict[str, str] = {}
    for match in _NUMBER.finditer(text.replace("\u00a0", " ")):
        digits = re.sub(r"\D", "", match[0])
        found.setdefault("0" + digits[-9:], match[0])
    return found
