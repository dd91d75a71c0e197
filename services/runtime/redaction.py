"""What must never be in a log, whatever a caller hands over: credentials, personal data, text without end.

The last net. What is logged is chosen at its source; errors of other libraries, and what hostile sites answer, come
with texts that nobody chose.
"""

import re
from typing import Any, Final

from structlog.types import EventDict, WrappedLogger

MAX_VALUE: Final = 1_000
"""Characters of one value."""
MAX_TRACE: Final = 20_000
"""Characters of a trace."""
_TRACES: Final = ("exception", "stack")
_SECRET = re.compile(r"passw|secret|token|authorization|cookie|api_?key", re.IGNORECASE)
_HIDDEN: Final = "***"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_RULES: Final = (
    # User and password of an address.
    (re.compile(r"(?<=://)[^\s/@\"'<>]{1,300}@"), f"{_HIDDEN}@"),
    (re.compile(r"\b(basic|bearer|digest)\s+[\w+/=.~-]{6,}", re.IGNORECASE), rf"\1 {_HIDDEN}"),
    (re.compile(r"\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE), rf"\1\2{_HIDDEN}"),
    # E-mail addresses, and French telephone numbers as people write them.
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "<e-mail>"),
    (re.compile(r"(?<![\w.-])(?:(?:\+|00)33\s?|0)[1-9](?:[\s.-]?\d{2}){4}(?![\w-])"), "<phone>"),
)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Clean every value of a log line; a structlog processor, to stand right before the renderer."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:  # noqa: ANN401  # whatever was logged
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if _SECRET.search(key):
        return _HIDDEN
    if isinstance(value, dict):
        return {str(name): _clean(str(name), part) for name, part in list(value.items())[:100]}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(key, part) for part in list(value)[:100]]
    if key in _TRACES and isinstance(value, str):
        return _text(value, MAX_TRACE)
    return _text(value if isinstance(value, str) else str(value), MAX_VALUE).replace("\n", "\\n")


def _text(text: str, most: int) -> str:
    # Cut first: no expression runs over a text without end. A little more, so that what is cut is cut out whole.
    text = text[: most + 400]
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= most else text[:most] + "…"
