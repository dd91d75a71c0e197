"""The EcoIndex, against vectors computed from the published method."""

import pytest

from services.analyzer.page import Document
from services.analyzer.technique.weight import count_elements, ecoindex, grade


@pytest.mark.parametrize(
    ("elements", "kilobytes", "requests", "score"),
    [
        (0, 0, 0, 100),
        (100, 100, 100, 72),
        (600, 1024, 40, 61),
        (693, 2420, 78, 44),
        (2500, 8100, 300, 5),
        (1_000_000, 1_000_000, 100_000, 0),
    ],
)
def test_a_page_scores_what_the_method_gives(elements: int, kilobytes: float, requests: int, score: int) -> None:
    assert ecoindex(elements, kilobytes, requests) == score


def test_a_letter_begins_above_its_bound() -> None:
    assert [grade(score) for score in (100, 81, 80, 70, 55, 40, 25, 10, 0)] == list("AABCDEFGG")


def test_what_is_inside_a_drawing_is_not_counted() -> None:
    html = "<html><head></head><body><p><svg><g><path/><path/></g></svg></p></body></html>"
    assert count_elements(Document(html, url="https://x/", ref=None)) == 5
