"""What a site is made with, and in which language it says it is."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.page import Page
from services.analyzer.presence.absence import absent
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_LANGUAGES = frozenset({"fr", "br", "co", "oc", "eu", "ca", "gsw", "de", "gcf", "gcr", "rcf", "ty", "frp"})
"""French and the languages of France (BCP 47)."""


def judge_language(site: Site) -> Finding:
    """Return whether the home page says that it is in French, or in a language of France."""
    home = site.home
    if home is None or home.document is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    root = home.document.tree.css_first("html")
    language = ((root.attributes.get("lang") or "") if root else "").strip().lower()
    shown = page_evidence(home, EvidenceKind.DOM, f'<html lang="{language}">', where="html")
    if re.split(r"[-_]", language)[0] in _LANGUAGES:
        return Finding(state=State.YES, value=language, evidence=(shown,))
    return Finding(state=State.NO, reasons=("other_language" if language else "no_language",), evidence=(shown,))


def judge_cms(site: Site) -> Finding:
    """Return the tool that the site is built with, as the value."""
    home = site.home
    if home is None or home.document is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    node = home.document.tree.css_first("meta[name=generator i]")
    generator = (node.attributes.get("content") or "").strip() if node else ""
    for row in _data():
        if generator and re.search(row["generator"], generator.lower()):
            shown = page_evidence(home, EvidenceKind.DOM, generator, where="meta[name=generator]")
            return Finding(state=State.YES, value=row["id"], evidence=(shown,))
    addresses = _addresses(home)
    for row in _data():
        address = next((address for address in addresses if re.search(row["address"], address)), None)
        if address is not None:
            shown = page_evidence(home, EvidenceKind.REQUEST, address, where="requests")
            return Finding(state=State.YES, value=row["id"], confidence=0.8, evidence=(shown,))
    return absent(site, "no_known_tool")


def judge_state_design(site: Site) -> Finding:
    """Return whether the home page uses the design system of the State (DSFR)."""
    home = site.home
    if home is None or home.document is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    node = home.document.tree.css_first(".fr-header__brand,.fr-header")
    if node is None:
        return absent(site, "no_dsfr")
    shown = page_evidence(home, EvidenceKind.DOM, f'class="{node.attributes.get("class")}"', where="fr-header")
    return Finding(state=State.YES, evidence=(shown,))


def _addresses(page: Page) -> list[str]:
    if page.document is None:
        return []
    nodes = page.document.tree.css("script[src],link[href],img[src]")
    parts = [node.attributes.get("src") or node.attributes.get("href") or "" for node in nodes]
    return [address.lower() for address in (*parts, *(request.url for request in page.requests))]


@cache
def _data() -> list[dict[str, Any]]:
    text = files(__package__).joinpath("cms.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["cms"]
    return rows
