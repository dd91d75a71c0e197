"""Forms on a page that take a request: several fields to fill in and a button, no login, search or newsletter."""

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from services.analyzer.page import Document
from services.contracts.text import normalise

FEWEST_FIELDS = 3
_NOT_FILLED_IN = frozenset({"hidden", "submit", "button", "image", "reset", "search"})


def request_forms(document: Document) -> list[str]:
    """Return what each such form of a document is about: its legends, and the heading before it."""
    found, heading = [], ""
    for node in document.tree.css("h1,h2,h3,h4,form"):
        if node.tag != "form":
            heading = node.text(separator=" ")
        elif _takes_a_request(node):
            legends = " ".join(legend.text(separator=" ") for legend in node.css("legend,h1,h2,h3,h4"))
            found.append(normalise(f"{heading} {legends}"))
    return found


def subscribes(document: Document, what: Callable[[str], bool]) -> bool:
    """Whether a form of a document asks for an e-mail address and speaks of ``what``, told normalised text."""
    return any(
        _has_mail_field(form) and what(normalise(form.text(separator=" "))) for form in document.tree.css("form")
    )


def has_login(document: Document) -> bool:
    """Whether a document asks for a password."""
    return document.tree.css_first("input[type=password]") is not None


def has_message_form(document: Document) -> bool:
    """Whether a document has a form to write to somebody: an address to answer to, and room for a message."""
    return any(
        form.css_first("textarea") is not None and _has_mail_field(form) and _has_button(form)
        for form in document.tree.css("form")
    )


def _takes_a_request(form: LexborNode) -> bool:
    if form.css_first("input[type=password]") is not None or not _has_button(form):
        return False
    fields = [node for node in form.css("input,select,textarea") if _is_filled_in(node)]
    # The buttons of one choice are one field.
    names = {node.attributes.get("name") or f"#{place}" for place, node in enumerate(fields)}
    return len(names) >= FEWEST_FIELDS


def _is_filled_in(node: LexborNode) -> bool:
    kind = (node.attributes.get("type") or "text").lower()
    return node.tag != "input" or kind not in _NOT_FILLED_IN


def _has_button(form: LexborNode) -> bool:
    return form.css_first("button,input[type=submit],input[type=image]") is not None


def _has_mail_field(form: LexborNode) -> bool:
    return any(
        (node.attributes.get("type") or "").lower() == "email"
        or "mail" in (node.attributes.get("name") or "").lower()
        or "courriel" in (node.attributes.get("name") or "").lower()
        for node in form.css("input")
    )
