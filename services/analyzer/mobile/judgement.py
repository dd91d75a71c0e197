"""From a site to the findings of the mobile family: the worst page decides, with its evidence."""

from collections.abc import Callable

from services.analyzer.evidence import manifest_evidence, page_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.mobile.components import Component, fits
from services.analyzer.mobile.content import main_words, mobile_address, recall, varies_by_user_agent, words
from services.analyzer.mobile.thresholds import thresholds
from services.analyzer.page import Page
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import LayoutMetrics, PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

LayoutRule = Callable[[LayoutMetrics], Component]
_GOODNESS = {State.NO: 0, State.PARTIAL: 1, State.YES: 2}


def mobile_pages(site: Site) -> tuple[Page, ...]:
    """Return the pages rendered on the mobile viewport with their measures, the home page among them, or nothing."""
    pages = tuple(
        page
        for page in site.pages
        if page.readable
        and page.capture.layout is not None
        and page.capture.viewport is Viewport.MOBILE
        and page.capture.page_class is not PageClass.NOT_FOUND_PROBE
    )
    return pages if any(page.capture.page_class is PageClass.HOME for page in pages) else ()


def judge_layout(site: Site, rule: LayoutRule, where: str, *, yes_is_bad: bool = False) -> Finding:
    """Return the finding of a layout component on the worst page, ``undetermined`` without a mobile render."""
    judged = [(rule(layout), page) for page in mobile_pages(site) if (layout := page.capture.layout)]
    if not judged:
        return undetermined(Reason.NO_MOBILE_RENDER)
    sign = -1 if yes_is_bad else 1
    component, page = min(judged, key=lambda item: sign * _GOODNESS[item[0].state])
    return Finding(
        state=component.state,
        value=component.value,
        confidence=component.confidence,
        reasons=component.reasons,
        evidence=(layout_evidence(site, page, where, component.detail), *screenshot_evidence(page)),
    )


def judge_width(site: Site, width: int) -> Finding:
    """Return whether the home page fits a telephone of another width; the value is the overflow in pixels.

    What is only wider at 360 px because of an overlay that stays in place is not told apart here.
    """
    page = site.page(PageClass.HOME, Viewport.MOBILE)
    content = page.capture.widths.get(width) if page else None
    if page is None or content is None:
        return undetermined(Reason.NO_MOBILE_RENDER)
    component = fits(max(0, content - width), width)
    return Finding(
        state=component.state,
        value=component.value,
        confidence=0.8,
        evidence=(layout_evidence(site, page, f"widths.{width}", component.detail),),
    )


def judge_same_content(site: Site) -> Finding:
    """Return whether the mobile home page holds the words of the desktop one; the value is their recall."""
    measured = home_recall(site)
    if isinstance(measured, Reason):
        return undetermined(measured)
    share, mobile = measured
    same = share >= thresholds().same_content_recall
    if not same and (mobile.capture.soft_timeout or mobile.capture.truncated):
        # What is missing may only not have arrived yet.
        return undetermined(Reason.TIMEOUT if mobile.capture.soft_timeout else Reason.TOO_LARGE, value=round(share, 4))
    detail = f"{share:.0%} des mots de la version ordinateur se trouvent dans la version mobile"
    return Finding(
        state=State.YES if same else State.NO,
        value=round(share, 4),
        evidence=(page_evidence(mobile, EvidenceKind.DOM, detail, where="body"), *screenshot_evidence(mobile)),
    )


def judge_separate_site(site: Site) -> Finding:
    """Return whether telephones are sent to a site of their own: yes is the defect."""
    mobile = site.mobile_home
    if mobile is None:
        return undetermined(Reason.NO_MOBILE_RENDER)
    desktop = site.page(PageClass.HOME, Viewport.DESKTOP) or site.page(PageClass.HOME, Viewport.HTTP)
    if desktop is None:
        return undetermined(Reason.NO_DESKTOP_RENDER)
    addresses = f"mobile : {mobile.url} ; ordinateur : {desktop.url}"
    mark = mobile_address(mobile.url, desktop.url)
    if mark:
        return Finding(
            state=State.YES, reasons=("mobile_address",), evidence=(_request_evidence(site, mobile, addresses),)
        )
    vary = [hop.header("vary") or "" for hop in mobile.capture.hops]
    measured = home_recall(site)
    if varies_by_user_agent(vary) and not isinstance(measured, Reason):
        share = measured[0]
        if share < thresholds().separate_site_recall:
            header = manifest_evidence(site, EvidenceKind.HEADER, vary[-1], url=mobile.url, where="vary")
            detail = f"{share:.0%} des mots de la version ordinateur"
            dom = page_evidence(mobile, EvidenceKind.DOM, detail, where="body")
            return Finding(
                state=State.YES,
                confidence=0.8,
                reasons=("varies_by_user_agent",),
                evidence=(header, dom),
            )
    return Finding(state=State.NO, evidence=(_request_evidence(site, mobile, addresses),))


@once_per_site
def home_recall(site: Site) -> tuple[float, Page] | Reason:
    """Return the recall of the desktop home page's words on the mobile one with that page, or why it is unknown."""
    mobile, desktop = site.mobile_home, site.page(PageClass.HOME, Viewport.DESKTOP)
    if mobile is None:
        return Reason.NO_MOBILE_RENDER
    if desktop is None:
        return Reason.NO_DESKTOP_RENDER
    wanted = frozenset().union(*(main_words(document.html) for document in desktop.documents))
    return recall(wanted, words(mobile.text)), mobile


def layout_evidence(site: Site, page: Page, where: str, detail: str) -> Evidence:
    """Return the measures of a page, which the manifest holds, as evidence."""
    seen = manifest_evidence(site, EvidenceKind.LAYOUT, detail, url=page.url, where=where)
    return seen.model_copy(update={"viewport": page.capture.viewport.value, "at": page.capture.at})


def screenshot_evidence(page: Page) -> tuple[Evidence, ...]:
    """Return the page's screenshot as evidence, when one was taken."""
    shot = page.capture.screenshot
    if shot is None:
        return ()
    seen = page_evidence(page, EvidenceKind.SCREENSHOT, "", where="screenshot")
    return (seen.model_copy(update={"artefact": shot.key, "sha256": shot.sha256}),)


def _request_evidence(site: Site, page: Page, detail: str) -> Evidence:
    seen = manifest_evidence(site, EvidenceKind.REQUEST, detail, url=page.url, where="final_url")
    return seen.model_copy(update={"viewport": page.capture.viewport.value, "at": page.capture.at})
