"""What can be checked of the RGESN on a page as it was loaded: no media that start alone, light pictures, few fonts."""

import re
from collections.abc import Callable

from services.analyzer.evidence import page_evidence, plan_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.page import Page
from services.analyzer.site import Site
from services.contracts.capture import PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_MOST_FONTS = 2
_FEW_PICTURES = 4
_HALF = 0.5
_MODERN = re.compile(r"image/(?:webp|avif|svg)")
_STATEMENT = re.compile(r"\bdeclaration d'eco-?conception\b|\beco-?conception\b")


def judge_restraint(site: Site) -> Finding:
    """Return the share of the checks that concern the home page and that it meets, in percent, as the value."""
    page = site.page(PageClass.HOME, Viewport.DESKTOP)
    if page is None or page.document is None or not page.requests:
        return undetermined(Reason.HOME_NOT_CAPTURED, plan_evidence(site))
    found = {name: check(page) for name, check in _CHECKS.items()}
    asked = {name: met for name, met in found.items() if met is not None}
    missed = tuple(name for name, met in asked.items() if not met)
    share = 100 * (len(asked) - len(missed)) / len(asked)
    told = ", ".join(f"{name} : {'oui' if met else 'non'}" for name, met in asked.items())
    shown = page_evidence(page, EvidenceKind.DOM, told, where="dom")
    return Finding(state=State.YES, value=round(share, 1), confidence=0.8, reasons=missed, evidence=(shown,))


def _starts_nothing(page: Page) -> bool:
    return not any(document.tree.css("video[autoplay],audio[autoplay]") for document in page.documents)


def _loads_lazily(page: Page) -> bool | None:
    pictures = [node for document in page.documents for node in document.tree.css("img[src]")]
    if len(pictures) < _FEW_PICTURES:
        return None
    lazy = sum((node.attributes.get("loading") or "").lower() == "lazy" for node in pictures)
    return lazy >= _HALF * len(pictures)


def _has_modern_pictures(page: Page) -> bool | None:
    kinds = [request.media_type or "" for request in page.requests if request.resource_type == "image"]
    if len(kinds) < _FEW_PICTURES:
        return None
    return sum(bool(_MODERN.match(kind)) for kind in kinds) >= _HALF * len(kinds)


def _has_few_fonts(page: Page) -> bool:
    return sum(request.resource_type == "font" for request in page.requests) <= _MOST_FONTS


def _has_statement(page: Page) -> bool:
    return bool(_STATEMENT.search(page.text))


_CHECKS: dict[str, Callable[[Page], bool | None]] = {
    "no_autoplay": _starts_nothing,
    "lazy_images": _loads_lazily,
    "modern_images": _has_modern_pictures,
    "few_fonts": _has_few_fonts,
    "ecodesign_statement": _has_statement,
}
