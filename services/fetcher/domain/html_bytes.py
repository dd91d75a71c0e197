"""The bytes of an HTML document as Unicode, the way browsers guess (WHATWG Encoding and HTML standards)."""

import codecs
import re

_PRESCAN_BYTES = 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})""", re.IGNORECASE)
# The standard reads these labels as their Windows supersets, so that curly quotes survive.
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "latin_1": "cp1252"}


def to_utf8(data: bytes, content_type: str | None = None) -> bytes:
    """Return a document's bytes in UTF-8. Never fails: what cannot be decoded is replaced.

    ``content_type`` is the response header or a bare charset name. In order: byte order mark, header,
    ``<meta charset>`` in the first kilobyte, UTF-8 when the bytes are valid, else windows-1252 (the
    browsers' default for French).
    """
    return decode(data, content_type).encode("utf-8", errors="replace")


def decode(data: bytes, content_type: str | None = None) -> str:
    """Return a document's text; see to_utf8."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    for label in (_from_header(content_type), _from_meta(data)):
        declared = _known(label)
        if declared:
            return data.decode(declared, errors="replace")
    try:
        # A document cut at its size bound may end inside a character.
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _from_header(content_type: str | None) -> str:
    if not content_type:
        return ""
    match = _HEADER.search(content_type)
    if match:
        return match[1]
    return "" if "/" in content_type else content_type.strip()


def _from_meta(data: bytes) -> str:
    match = _META.search(data[:_PRESCAN_BYTES])
    label = match[1].decode("ascii") if match else ""
    # A document that is read as ASCII so far cannot be in UTF-16, whatever it says of itself.
    return "utf-8" if label.lower().startswith("utf-16") else label


def _known(label: str) -> str | None:
    try:
        info = codecs.lookup(label) if label else None
    except (LookupError, ValueError):
        return None
    if info is None or not getattr(info, "_is_text_encoding", True):
        return None
    return _SUPERSETS.get(info.name, info.name)
