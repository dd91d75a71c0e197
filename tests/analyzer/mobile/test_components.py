"""The layout components at their thresholds, whatever the page measures."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.mobile import components
from services.analyzer.mobile.components import Component, overflow_px
from services.analyzer.mobile.thresholds import thresholds
from services.contracts.capture import LayoutMetrics
from services.contracts.verdicts import State

_COUNT = st.integers(0, 100_000)
_LAYOUTS = st.builds(
    LayoutMetrics,
    device_width=st.integers(1, 4000),
    content_width=_COUNT,
    content_width_without_fixed=_COUNT,
    content_height=_COUNT,
    root_overflow_hidden=st.booleans(),
    visible_chars=_COUNT,
    large_chars=_COUNT,
    clipped_chars=_COUNT,
    tap_targets=_COUNT,
    tap_conflicts=_COUNT,
    plugin_objects=_COUNT,
)
_RULES = (
    components.viewport_ok,
    components.zoom_blocked,
    components.no_horizontal_overflow,
    components.clipped_content,
    components.legible_text,
    components.tap_targets_ok,
    components.no_plugin,
)


def _layout(**changes: int | bool) -> LayoutMetrics:
    healthy = {"device_width": 360, "content_width": 360, "content_width_without_fixed": 360, "content_height": 2000}
    return LayoutMetrics.model_validate(healthy | changes)


@given(_LAYOUTS)
def test_every_rule_answers_on_any_measures(layout: LayoutMetrics) -> None:
    for rule in _RULES:
        component = rule(layout)
        assert component.state in {State.YES, State.PARTIAL, State.NO}
        assert component.detail


@given(_LAYOUTS)
def test_hiding_overlays_never_makes_the_overflow_larger(layout: LayoutMetrics) -> None:
    with_overlays = layout.model_copy(update={"content_width_without_fixed": layout.content_width})

    assert 0 <= overflow_px(layout) <= overflow_px(with_overlays)


@pytest.mark.parametrize(
    ("rule", "changes", "state"),
    [
        (components.no_horizontal_overflow, {"content_width": 364, "content_width_without_fixed": 364}, State.YES),
        (components.no_horizontal_overflow, {"content_width": 365, "content_width_without_fixed": 365}, State.PARTIAL),
        (components.no_horizontal_overflow, {"content_width": 378, "content_width_without_fixed": 378}, State.PARTIAL),
        (components.no_horizontal_overflow, {"content_width": 379, "content_width_without_fixed": 379}, State.NO),
        (
            components.clipped_content,
            {"root_overflow_hidden": True, "visible_chars": 100, "clipped_chars": 2},
            State.NO,
        ),
        (
            components.clipped_content,
            {"root_overflow_hidden": True, "visible_chars": 100, "clipped_chars": 3},
            State.YES,
        ),
        (components.legible_text, {"visible_chars": 100, "large_chars": 60}, State.YES),
        (components.legible_text, {"visible_chars": 100, "large_chars": 59}, State.NO),
        (components.tap_targets_ok, {"tap_targets": 100, "tap_conflicts": 1}, State.PARTIAL),
        (components.tap_targets_ok, {"tap_targets": 100, "tap_conflicts": 43}, State.PARTIAL),
        (components.tap_targets_ok, {"tap_targets": 100, "tap_conflicts": 44}, State.NO),
        (components.no_plugin, {"plugin_objects": 1, "visible_chars": 1500}, State.PARTIAL),
        (components.no_plugin, {"plugin_objects": 1, "visible_chars": 1499}, State.NO),
    ],
)
def test_thresholds_are_where_their_sources_put_them(
    rule: Callable[[LayoutMetrics], Component], changes: dict[str, int | bool], state: State
) -> None:
    assert rule(_layout(**changes)).state is state


def test_thresholds_are_read_from_the_data_file() -> None:
    assert thresholds().overflow_pass_px == 4
    assert thresholds().same_content_recall == 0.9
