"""The components of the mobile family that a rendered page's measures decide, page by page.

Every function takes what one page showed on the mobile viewport and returns a ``Component``.
"""

from dataclasses import dataclass

from services.analyzer.mobile.thresholds import thresholds
from services.analyzer.mobile.viewport_meta import blocks_zoom, viewport_problem
from services.contracts.capture import LayoutMetrics
from services.contracts.verdicts import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What one page gives for one component.

    ``detail`` is the French sentence with the numbers that were compared; ``reasons`` are stable identifiers.
    """

    state: State
    detail: str
    value: float | None = None
    reasons: tuple[str, ...] = ()
    confidence: float = 0.95


def _yes_no(condition: bool) -> State:
    return State.YES if condition else State.NO


def _metas(layout: LayoutMetrics) -> str:
    if not layout.viewport_metas:
        return "aucune balise viewport"
    return f"balise viewport : {' | '.join(layout.viewport_metas)}"


def viewport_ok(layout: LayoutMetrics) -> Component:
    """Return whether the viewport meta suits a telephone (Lighthouse ``ViewportMeta``)."""
    problem = viewport_problem(layout.viewport_metas)
    return Component(state=_yes_no(problem is None), detail=_metas(layout), reasons=(problem,) if problem else ())


def zoom_blocked(layout: LayoutMetrics) -> Component:
    """Return whether zooming is blocked: yes is the defect."""
    return Component(state=_yes_no(blocks_zoom(layout.viewport_metas)), detail=_metas(layout))


def overflow_px(layout: LayoutMetrics) -> int:
    """Return by how many CSS pixels the content is wider than the screen, fixed overlays apart."""
    content = min(layout.content_width, layout.content_width_without_fixed)
    return max(0, content - layout.device_width)


def no_horizontal_overflow(layout: LayoutMetrics) -> Component:
    """Return whether the page fits the width of the screen; the value is the overflow in pixels."""
    return fits(overflow_px(layout), layout.device_width)


def fits(overflow: int, screen: int) -> Component:
    """Return whether contents that are so much wider than a screen, in pixels, still pass for fitting it."""
    if overflow <= thresholds().overflow_pass_px:
        state = State.YES
    elif overflow <= thresholds().overflow_partial_share * screen:
        state = State.PARTIAL
    else:
        state = State.NO
    detail = f"contenu large de {screen + overflow} px pour un écran de {screen} px"
    return Component(state=state, value=float(overflow), detail=detail)


def clipped_content(layout: LayoutMetrics) -> Component:
    """Return whether text is cut off at the right edge without a way to reveal it: yes is the defect.

    The value is the share of visible characters cut. Without ``overflow: hidden`` on the root the reader can
    scroll to them: that is overflow, judged by its own component.
    """
    share = layout.clipped_chars / layout.visible_chars if layout.visible_chars else 0.0
    clipped = layout.root_overflow_hidden and share > thresholds().clipped_share
    detail = f"{layout.clipped_chars} caractères coupés sur {layout.visible_chars} visibles"
    return Component(state=_yes_no(clipped), value=round(share, 4), detail=detail)


def legible_text(layout: LayoutMetrics) -> Component:
    """Return whether 60 % of the text is at 12 px or more; the value is the share. A page without text passes."""
    if layout.visible_chars == 0:
        return Component(state=State.YES, detail="aucun texte visible", reasons=("no_text",), confidence=0.6)
    share = layout.large_chars / layout.visible_chars
    detail = f"{layout.large_chars} caractères à 12 px ou plus sur {layout.visible_chars} visibles"
    return Component(state=_yes_no(share >= thresholds().legible_share), value=round(share, 4), detail=detail)


def tap_targets_ok(layout: LayoutMetrics) -> Component:
    """Return whether fingers can hit the links and buttons; the value is the share of targets without conflict.

    Lighthouse up to version 11: without any conflict it passes; else the score is 0.89 times the share of
    targets without conflict, and from 0.50 on it needs improvement (here ``partial``).
    """
    if layout.tap_targets == 0:
        return Component(state=State.YES, detail="aucune cible tactile", reasons=("no_target",), confidence=0.6)
    share = max(0.0, 1 - layout.tap_conflicts / layout.tap_targets)
    limits = thresholds()
    if share >= limits.tap_pass_share:
        state = State.YES
    elif share * limits.tap_score_when_failures >= limits.tap_partial_score:
        state = State.PARTIAL
    else:
        state = State.NO
    detail = f"{layout.tap_conflicts} cibles trop proches ou trop petites sur {layout.tap_targets}"
    return Component(state=state, value=round(share, 4), detail=detail)


def no_plugin(layout: LayoutMetrics) -> Component:
    """Return whether the page does without Flash, Java or Silverlight; the value is the number of such objects.

    ``no`` when a plug-in is the main content: the page has hardly any text of its own beside it.
    """
    if layout.plugin_objects == 0:
        return Component(state=State.YES, value=0.0, detail="aucun module externe")
    main = layout.visible_chars < thresholds().plugin_main_content_chars
    detail = f"{layout.plugin_objects} modules externes, {layout.visible_chars} caractères de texte"
    return Component(state=State.NO if main else State.PARTIAL, value=float(layout.plugin_objects), detail=detail)
