"""The viewport meta parser, against what Chromium and Lighthouse accept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.mobile.viewport_meta import blocks_zoom, parse_viewport, viewport_problem

_NAMES = st.sampled_from(["width", "height", "initial-scale", "maximum-scale", "minimum-scale", "user-scalable"])
_VALUES = st.sampled_from(["device-width", "1", "1.0", "0.5", "yes", "no", "980", "5"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("width=device-width, initial-scale=1", {"width": "device-width", "initial-scale": "1"}),
        ("WIDTH = Device-Width ; Initial-Scale=1.0", {"width": "device-width", "initial-scale": "1.0"}),
        ("width=device-width initial-scale=1", {"width": "device-width", "initial-scale": "1"}),
        ("width=320,width=980", {"width": "980"}),
        ("width", {}),
        ("", {}),
    ],
)
def test_properties_are_read_as_browsers_do(content: str, expected: dict[str, str]) -> None:
    assert parse_viewport(content) == expected


@given(st.text(max_size=200))
def test_no_content_makes_the_parser_fail(content: str) -> None:
    parse_viewport(content)
    viewport_problem([content])
    blocks_zoom([content])


@given(
    st.dictionaries(_NAMES, _VALUES),
    st.sampled_from([",", ";", ", ", " ; ", " "]),
    st.sampled_from(["=", " = "]),
    st.booleans(),
)
def test_separators_spaces_and_case_change_nothing(
    properties: dict[str, str], separator: str, equals: str, upper: bool
) -> None:
    content = separator.join(f"{name}{equals}{value}" for name, value in properties.items())

    assert parse_viewport(content.upper() if upper else content) == properties


@pytest.mark.parametrize(
    ("metas", "problem"),
    [
        (["width=device-width"], None),
        (["width=980"], None),
        (["initial-scale=1"], None),
        (["initial-scale=0.5", "width=device-width"], None),
        (["width=auto"], "neither_width_nor_scale"),
        ([""], "neither_width_nor_scale"),
        (["width=device-width, initial-scale=.9"], "initial_scale_below_1"),
        ([], "no_viewport_meta"),
    ],
)
def test_a_telephone_needs_a_width_or_a_scale(metas: list[str], problem: str | None) -> None:
    assert viewport_problem(metas) == problem


@pytest.mark.parametrize(
    ("metas", "blocked"),
    [
        (["user-scalable=no"], True),
        (["user-scalable=0"], True),
        (["user-scalable=yes"], False),
        (["user-scalable=1"], False),
        (["maximum-scale=1"], True),
        (["maximum-scale=4.9"], True),
        (["maximum-scale=yes"], True),
        (["maximum-scale=5"], False),
        (["maximum-scale=-1"], False),
        ([], False),
    ],
)
def test_zoom_is_blocked_below_a_factor_of_five(metas: list[str], blocked: bool) -> None:
    assert blocks_zoom(metas) is blocked
