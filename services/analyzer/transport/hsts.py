"""The Strict-Transport-Security header (RFC 6797)."""

import re

SIX_MONTHS = 15_768_000
"""Seconds below which a policy is too short to count (MDN HTTP Observatory)."""

_MAX_AGE = re.compile(r'max-age\s*=\s*(?:"(\d+)"|(\d+))\s*')


def parse_max_age(header: str) -> int | None:
    """Return the max-age in seconds, or None when the header is not valid: browsers then ignore it. Never raises.

    Directives are separated by semicolons, names are case-insensitive, a value may be quoted, and a directive
    given twice makes the header invalid (RFC 6797, section 6.1).
    """
    found: list[int] = []
    for directive in header.lower().split(";"):
        name = directive.split("=", 1)[0].strip()
        if name != "max-age":
            continue
        match = _MAX_AGE.fullmatch(directive.strip())
        if match is None:
            return None
        found.append(int(match.group(1) or match.group(2)))
    return found[0] if len(found) == 1 else None
