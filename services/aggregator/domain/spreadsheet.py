"""Text that a spreadsheet must not run."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """Return the text, with an apostrophe before it when a spreadsheet would take it for a formula.

    Source: OWASP, « CSV Injection ». Names and URLs come from directories that anyone may have edited.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
