"""The ``<meta name="viewport">`` element: its parser, and what makes it right for a telephone.

The parser follows CSS Device Adaptation section 9 as Chromium and Lighthouse apply it: properties are
separated by commas, semicolons or white space, names are case-insensitive, numbers are read by prefix.
"""

import re
from collections.abc import Iterable, Mapping

from services.analyzer.mobile.thresholds import thresholds

_PAIR = re.compile(r"([a-z][a-z-]*)\s*=\s*([^\s,;=]+)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_WIDTHS = frozenset({"device-width", "device-height"})
_SCALE_WORDS = {"yes": 1.0, "device-width": 10.0, "device-height": 10.0, "no": 0.1}


def parse_viewport(content: str) -> dict[str, str]:
    """Return the properties of a viewport meta, lower case; the last of two equal names wins. Never raises."""
    return dict(_PAIR.findall(content.lower()))


def viewport_problem(metas: Iterable[str]) -> str | None:
    """Return why the page is not set up for telephones, or None when it is.

    ``metas`` are the contents of the viewport metas in document order: the browser applies the last.
    The answer is ``no_viewport_meta``, ``initial_scale_below_1`` or ``neither_width_nor_scale``.
    """
    contents = list(metas)
    if not contents:
        return "no_viewport_meta"
    properties = parse_viewport(contents[-1])
    scale = _number(properties.get("initial-scale"))
    if scale is not None and scale < thresholds().min_initial_scale:
        return "initial_scale_below_1"
    if _valid_width(properties) or scale is not None:
        return None
    return "neither_width_nor_scale"


def blocks_zoom(metas: Iterable[str]) -> bool:
    """Whether the viewport meta keeps a reader from zooming to at least five times."""
    contents = list(metas)
    properties = parse_viewport(contents[-1]) if contents else {}
    if properties.get("user-scalable") == "no" or _number(properties.get("user-scalable")) == 0:
        return True
    word = properties.get("maximum-scale", "")
    scale = _SCALE_WORDS.get(word, _number(word))
    # A negative maximum is dropped by browsers.
    return scale is not None and 0 <= scale < thresholds().min_maximum_scale


def _valid_width(properties: Mapping[str, str]) -> bool:
    width = properties.get("width", "")
    number = _number(width)
    return width in _WIDTHS or (number is not None and number > 0)


def _number(text: str | None) -> float | None:
    match = _NUMBER.match(text or "")
    return float(match.group()) if match else None
