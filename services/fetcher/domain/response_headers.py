"""Response headers as they are kept: lower-case names, bounded, cookies without their values."""

import re
from collections.abc import Iterable

MAX_HEADERS = 100
MAX_VALUE = 2000

_COOKIE_PAIR = re.compile(r"^([^=;]*)=([^;]*)")


def bounded_headers(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return at most MAX_HEADERS pairs in order, values cut at MAX_VALUE characters.

    A cookie's value may identify a visitor: ``name=secret; Path=/`` becomes ``name=<6>; Path=/``.
    """
    kept: list[tuple[str, str]] = []
    for raw_name, raw_value in pairs:
        name = raw_name.strip().lower()
        # The browser joins repeated headers with line feeds.
        for line in raw_value.split("\n"):
            value = _without_cookie_value(line) if name == "set-cookie" else line
            kept.append((name, value[:MAX_VALUE]))
            if len(kept) == MAX_HEADERS:
                return tuple(kept)
    return tuple(kept)


def _without_cookie_value(value: str) -> str:
    return _COOKIE_PAIR.sub(lambda match: f"{match[1]}=<{len(match[2].strip())}>", value, count=1)
