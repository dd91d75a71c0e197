"""What axe-core found on the home page, and when its largest part was shown."""

from collections import Counter

from services.analyzer.evidence import page_evidence, plan_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.page import Page
from services.analyzer.site import Site
from services.contracts.accessibility import AxeOutcome, AxeRecord
from services.contracts.capture import PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

_IMPACTS = ("critical", "serious", "moderate", "minor")


def judge_success(site: Site) -> Finding:
    """Return the share of rules, in percent, that the home page does not break on a desktop screen, as the value.

    Accès'cible counts the same way: rules that are met or need a person's look, over all that concern the page.
    """
    seen = _seen(site)
    if seen is None:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    page, record = seen
    broken = sum(rule.outcome is AxeOutcome.VIOLATION for rule in record.rules)
    if not record.rules:
        return undetermined(Reason.NOT_TESTED, _proof(page, record))
    share = 100 * (len(record.rules) - broken) / len(record.rules)
    return Finding(state=State.YES, value=round(share, 1), evidence=(_proof(page, record),))


def judge_violations(site: Site) -> Finding:
    """Return how many of the rules the home page breaks, as the value; the reasons count them by impact."""
    seen = _seen(site)
    if seen is None:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    page, record = seen
    broken = [rule for rule in record.rules if rule.outcome is AxeOutcome.VIOLATION]
    impacts = Counter(rule.impact for rule in broken)
    return Finding(
        state=State.YES if broken else State.NO,
        value=float(len(broken)),
        reasons=tuple(f"{impact}_{impacts[impact]}" for impact in _IMPACTS if impacts[impact]),
        evidence=(_proof(page, record),),
    )


def judge_paint(site: Site) -> Finding:
    """Return the milliseconds until the largest part of the home page was shown on a desktop screen, as the value."""
    page = site.page(PageClass.HOME, Viewport.DESKTOP)
    if page is None or page.capture.lcp_ms is None:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    shown = page_evidence(page, EvidenceKind.LAYOUT, f"{page.capture.lcp_ms} ms", where="lcp_ms")
    return Finding(state=State.YES, value=page.capture.lcp_ms, confidence=0.7, evidence=(shown,))


def _seen(site: Site) -> tuple[Page, AxeRecord] | None:
    page = site.page(PageClass.HOME, Viewport.DESKTOP)
    return None if page is None or page.capture.axe is None else (page, page.capture.axe)


def _proof(page: Page, record: AxeRecord) -> Evidence:
    broken = [rule for rule in record.rules if rule.outcome is AxeOutcome.VIOLATION]
    told = ", ".join(f"{rule.id} ({rule.nodes} : {' ; '.join(rule.targets)})" for rule in broken) or "aucune violation"
    return page_evidence(
        page, EvidenceKind.DOM, f"axe {record.version}, {len(record.rules)} règles : {told}", where="axe"
    )
