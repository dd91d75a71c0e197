"""Trackers before any consent: what a page asked of others and stored, seen without touching its banner."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.page import Page
from services.analyzer.site import Site
from services.contracts.capture import Viewport
from services.contracts.hosts import host_of, registrable_domain
from services.contracts.reasons import Reason
from services.contracts.text import normalise
from services.contracts.verdicts import Evidence, EvidenceKind, State

_REFUSE = re.compile(r"\b(?:tout )?(?:refuser|rejeter|interdire)\b|\bcontinuer sans accepter\b|\bdeny\b|\breject\b")
_ACCEPT = re.compile(r"\b(?:tout )?(?:accepter|autoriser)\b|\bj'accepte\b|\bj'ai compris\b|\baccept\b|\bok pour moi\b")
_COOKIES = re.compile(r"\bcookies?\b|\btraceurs?\b")
_EXEMPT_UNDER_CONDITIONS = "Matomo"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Tracker:
    """One tracker that was met, and its proof."""

    name: str
    evidence: Evidence


def judge_trackers(site: Site) -> Finding:
    """Return whether a tracker was met before any consent; ``partial``: only one that may be exempt (CNIL)."""
    pages = _rendered(site)
    if not pages:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    found = [tracker for page in pages for tracker in _trackers(page)]
    if not found:
        told = "{} requêtes, aucune d’un traceur connu"
        shown = tuple(page_evidence(p, EvidenceKind.REQUEST, told.format(len(p.requests))) for p in pages[:_SHOWN])
        return Finding(state=State.NO, confidence=0.8, reasons=("no_tracker",), evidence=shown)
    names = sorted({tracker.name for tracker in found})
    only_exempt = names == [_EXEMPT_UNDER_CONDITIONS]
    return Finding(
        state=State.PARTIAL if only_exempt else State.YES,
        value=", ".join(names),
        confidence=0.9,
        reasons=("exempt_under_conditions",) if only_exempt else (),
        evidence=tuple(tracker.evidence for tracker in found[:_SHOWN]),
    )


def judge_refusal(site: Site) -> Finding:
    """Return whether a banner that asks for consent offers to refuse it beside accepting it."""
    home = site.home
    if home is None or home.document is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    nodes = (node for document in home.documents for node in document.tree.css("button,a,input[type=button]"))
    labels = [normalise(node.text(separator=" ") or node.attributes.get("value") or "") for node in nodes]
    asks = bool(_COOKIES.search(home.text))
    accept = next((label for label in labels if asks and len(label) < 40 and _ACCEPT.search(label)), None)
    tool = consent_tool(home)
    if accept is None and tool is None:
        return not_applicable("no_banner")
    refuse = next((label for label in labels if len(label) < 40 and _REFUSE.search(label)), None)
    if refuse is not None:
        shown = page_evidence(home, EvidenceKind.DOM, refuse, where="button")
        return Finding(state=State.YES, confidence=0.8, evidence=(shown,))
    if accept is None:
        # The tool is there, its banner was not seen: it may ask only those it has not asked before.
        shown = page_evidence(home, EvidenceKind.DOM, tool or "", where="script")
        return Finding(state=State.UNDETERMINED, confidence=0.0, reasons=("banner_not_seen",), evidence=(shown,))
    shown = page_evidence(home, EvidenceKind.DOM, accept, where="button")
    return Finding(state=State.NO, confidence=0.8, reasons=("no_refusal",), evidence=(shown,))


def judge_third_parties(site: Site) -> Finding:
    """Return how many domains other than its own the home page asks for parts, as the value."""
    pages = _rendered(site)
    if not pages:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    page = pages[0]
    own = registrable_domain(host_of(page.url)) or host_of(page.url)
    asked = {registrable_domain(host_of(r.url)) or host_of(r.url) for r in page.requests} - {own, ""}
    shown = page_evidence(page, EvidenceKind.REQUEST, ", ".join(sorted(asked)) or own, where="requests")
    return Finding(
        state=State.YES if asked else State.NO,
        value=len(asked),
        reasons=() if asked else ("own_domain_only",),
        evidence=(shown,),
    )


def consent_tool(page: Page) -> str | None:
    """Return the consent tool that a page loads, or None."""
    if page.document is None:
        return None
    sources = [node.attributes.get("src") or "" for node in page.document.tree.css("script[src],link[href]")]
    sources += [request.url for request in page.requests]
    text = " ".join(sources).lower()
    return next((row["id"] for row in _data()["consent"] if re.search(row["pattern"], text)), None)


def _rendered(site: Site) -> list[Page]:
    pages = (site.page(site.home.capture.page_class, view) for view in (Viewport.DESKTOP, Viewport.MOBILE) if site.home)
    return [page for page in pages if page is not None]


def _trackers(page: Page) -> list[Tracker]:
    found: dict[str, Tracker] = {}
    own = registrable_domain(host_of(page.url))
    for request in page.requests:
        if registrable_domain(host_of(request.url)) == own:
            continue
        address = request.url.split("://", 1)[-1].lower()
        row = next((row for row in _data()["host"] if _at(address, row["address"])), None)
        if row is not None and row["address"] not in found:
            evidence = page_evidence(page, EvidenceKind.REQUEST, request.url, where=row["address"])
            found[row["address"]] = Tracker(row["address"].split("/", 1)[0], evidence)
    for cookie in page.capture.cookies:
        row = next((r for r in _data()["cookie"] if re.fullmatch(r["pattern"], cookie.name.lower())), None)
        if row is not None and row["id"] not in found:
            shown = f"{cookie.name} ({cookie.domain})"
            evidence = page_evidence(page, EvidenceKind.COOKIE, shown, where=cookie.name)
            found[row["id"]] = Tracker(row["name"], evidence)
    return list(found.values())


def _at(address: str, entry: str) -> bool:
    host, slash, path = entry.partition("/")
    asked, _, rest = address.partition("/")
    asked = asked.split(":", 1)[0]
    return (asked == host or asked.endswith("." + host)) and (not slash or rest.startswith(path))


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("trackers.toml").read_text(encoding="utf-8"))
