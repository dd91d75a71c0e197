"""The two verdicts made of the components: ``mobile_full`` and ``mobile_basic``."""

from services.analyzer.indicator import Finding, undetermined
from services.analyzer.mobile import components
from services.analyzer.mobile.judgement import judge_layout, judge_same_content, judge_separate_site
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

_PASSED = (State.YES, State.PARTIAL)


def judge_full(site: Site) -> Finding:
    """Return whether the home page is fully usable on a telephone.

    ``yes``: every component passes. ``partial``: the viewport is right and the overflow at most 5 % of the
    width, or a separate mobile site that itself passes. ``no`` otherwise. ``undetermined`` without a mobile
    render, or when all that was measured passes and the desktop page to compare with is missing.
    """
    viewport = judge_layout(site, components.viewport_ok, "layout.viewport_metas")
    if viewport.state is State.UNDETERMINED:
        return viewport
    overflow = judge_layout(site, components.no_horizontal_overflow, "layout.content_width")
    clipped = judge_layout(site, components.clipped_content, "layout.clipped_chars", yes_is_bad=True)
    legible = judge_layout(site, components.legible_text, "layout.large_chars")
    plugin = judge_layout(site, components.no_plugin, "layout.plugin_objects")
    same, separate = judge_same_content(site), judge_separate_site(site)
    failures = {
        "viewport": viewport.state is not State.YES,
        "overflow": overflow.state is not State.YES,
        "clipped": clipped.state is State.YES,
        "small_text": legible.state is not State.YES,
        "plugin": plugin.state not in _PASSED,
    }
    page_passes = not any(failures.values())
    evidence = _together(viewport, overflow, clipped, legible, plugin, same, separate)
    if page_passes and separate.state is State.NO and same.state is State.UNDETERMINED:
        return undetermined(Reason(same.reasons[0]), *evidence)
    if page_passes and State.UNDETERMINED in (same.state, separate.state):
        return undetermined(Reason.NO_DESKTOP_RENDER, *evidence)
    failures |= {"other_content": same.state is State.NO, "separate_site": separate.state is State.YES}
    reasons = tuple(name for name, failed in failures.items() if failed)
    if not reasons:
        return Finding(state=State.YES, evidence=evidence)
    usable = viewport.state is State.YES and overflow.state in _PASSED
    return Finding(state=State.PARTIAL if usable else State.NO, reasons=reasons, evidence=evidence)


def judge_basic(site: Site) -> Finding:
    """Return whether the viewport is right and the content fits: what a 2018 « mobile-friendly » tool asked."""
    viewport = judge_layout(site, components.viewport_ok, "layout.viewport_metas")
    overflow = judge_layout(site, components.no_horizontal_overflow, "layout.content_width")
    if viewport.state is State.UNDETERMINED:
        return viewport
    failures = {"viewport": viewport.state is not State.YES, "overflow": overflow.state is not State.YES}
    return Finding(
        state=State.NO if any(failures.values()) else State.YES,
        value=overflow.value,
        reasons=tuple(name for name, failed in failures.items() if failed),
        evidence=_together(viewport, overflow),
    )


def _together(*findings: Finding) -> tuple[Evidence, ...]:
    """Join the evidence of several findings, each screenshot once and last."""
    every = dict.fromkeys(evidence for finding in findings for evidence in finding.evidence)
    return tuple(sorted(every, key=lambda evidence: evidence.kind is EvidenceKind.SCREENSHOT))
