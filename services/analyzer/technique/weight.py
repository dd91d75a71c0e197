"""What the home page weighs: bytes, requests, elements, and the EcoIndex that is made of them."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.page import Document, Page
from services.analyzer.site import Site
from services.contracts.capture import PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_KILO = 1_000
_QUANTILES = 20


def judge_weight(site: Site) -> Finding:
    """Return the kilobytes that the home page takes on a desktop screen, as the value."""
    page = _page(site)
    if page is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    value = round(_kilobytes(page), 1)
    shown = page_evidence(page, EvidenceKind.REQUEST, f"{value} ko en {len(page.requests)} requêtes", where="requests")
    return Finding(state=State.YES, value=value, evidence=(shown,))


def judge_ecoindex(site: Site) -> Finding:
    """Return the EcoIndex (0 to 100) of the home page, as the value."""
    page = _page(site)
    if page is None or page.document is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    elements = count_elements(page.document)
    value = ecoindex(elements, _kilobytes(page), len(page.requests))
    shown = f"{elements} éléments, {round(_kilobytes(page))} ko, {len(page.requests)} requêtes"
    return Finding(state=State.YES, value=value, evidence=(page_evidence(page, EvidenceKind.DOM, shown, where="dom"),))


def judge_grade(site: Site) -> Finding:
    """Return the letter of the EcoIndex, as the value."""
    finding = judge_ecoindex(site)
    if finding.state is State.UNDETERMINED or not isinstance(finding.value, (int, float)):
        return finding
    return Finding(state=State.YES, value=grade(int(finding.value)), evidence=finding.evidence)


def ecoindex(elements: int, kilobytes: float, requests: int) -> int:
    """Return the score of the published method: 100 is the lightest."""
    quantiles = {row["id"]: row["values"] for row in _data()["quantiles"]}
    ranks = (
        3 * _rank(elements, quantiles["dom"])
        + 2 * _rank(requests, quantiles["requests"])
        + _rank(kilobytes, quantiles["kilobytes"])
    )
    return round(100 - 5 * ranks / 6)


def grade(score: int) -> str:
    """Return the letter of a score, A to G."""
    return next((str(row["letter"]) for row in _data()["grades"] if score > row["above"]), "G")


def count_elements(document: Document) -> int:
    """Return the elements of a document, what is inside pictures drawn in SVG left out."""
    inside = sum(len(picture.css("*")) - 1 for picture in document.tree.css("svg"))
    return max(0, len(document.tree.css("*")) - inside)


def _rank(value: float, quantiles: Sequence[float]) -> float:
    for place in range(1, len(quantiles)):
        if value < quantiles[place]:
            before = quantiles[place - 1]
            return place - 1 + (value - before) / (quantiles[place] - before)
    return _QUANTILES


def _kilobytes(page: Page) -> float:
    return sum(request.transfer_bytes for request in page.requests) / _KILO


def _page(site: Site) -> Page | None:
    page = site.page(PageClass.HOME, Viewport.DESKTOP)
    return page if page is not None and page.requests else None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("ecoindex.toml").read_text(encoding="utf-8"))
