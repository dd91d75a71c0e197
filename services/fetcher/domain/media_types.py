"""Which media types are pages that a rule can read."""

READABLE = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
"""Plain text is what a few hand-made home pages are served as; a picture or a PDF is not a page."""


def bare(content_type: str | None) -> str | None:
    """Return a Content-Type header's media type in lower case, without parameters."""
    value = (content_type or "").split(";")[0].strip().lower()[:100]
    return value or None


def is_readable(media_type: str | None) -> bool:
    """Whether a document of this type is a page. Unlabelled documents are: browsers sniff them."""
    return media_type is None or bare(media_type) in READABLE
