"""The pace of a host follows what the host answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.capture import Header, Hop
from services.fetcher.domain.politeness import Answer, Pace, after, answer_of

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def hop(status: int, retry_after: str | None = None, seconds: float = 0.1) -> Hop:
    headers = (Header(name="retry-after", value=retry_after),) if retry_after is not None else ()
    return Hop(url="https://a.fr/", status=status, headers=headers, seconds=seconds, at=AT)


def paces(*answers: Answer, least: float = 1.0, most: float = 10.0) -> list[float]:
    pace, found = Pace(spacing=least), []
    for answer in answers:
        pace = after(pace, answer, least=least, most=most)
        found.append(pace.spacing)
    return found


REFUSED, FAST = Answer(refuses=True), Answer(seconds=0.2)


def test_each_refusal_doubles_the_distance_up_to_the_bound() -> None:
    assert paces(REFUSED, REFUSED, REFUSED, REFUSED) == [2.0, 4.0, 8.0, 10.0]


def test_the_ordinary_pace_comes_back_step_by_step_once_the_server_answers() -> None:
    assert paces(REFUSED, REFUSED, FAST, FAST) == [2.0, 4.0, 2.5, 1.75]


def test_a_server_whose_answers_take_twice_as_long_is_asked_half_as_often() -> None:
    assert paces(Answer(seconds=0.8), Answer(seconds=2.0)) == [1.0, 4.0]


def test_a_server_that_was_always_slow_is_only_never_asked_two_things_at_once() -> None:
    assert paces(Answer(seconds=3.0), Answer(seconds=3.0)) == [3.0, 3.0]


def test_three_refusals_in_a_row_make_us_unwelcome_and_one_good_answer_welcome_again() -> None:
    pace = Pace(spacing=1.0)
    for _ in range(3):
        assert not pace.unwelcome
        pace = after(pace, REFUSED, least=1.0, most=10.0)
    assert pace.unwelcome
    assert not after(pace, FAST, least=1.0, most=10.0).unwelcome


@pytest.mark.parametrize(
    ("status", "retry_after", "refuses", "wait"),
    [
        (429, None, True, 0.0),
        (429, "7", True, 7.0),
        (503, None, False, 0.0),
        (503, "120", True, 120.0),
        (503, "Mon, 23 Nov 2026 12:00:30 GMT", True, 30.0),
        (503, "Mon, 23 Nov 2020 12:00:30 GMT", True, 0.0),
        (429, "-5", True, 0.0),
        (429, "bientôt", True, 0.0),
        (429, "9" * 4000, True, 999_999_999.0),
        (200, "5", False, 0.0),
        (500, None, False, 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    status: int, retry_after: str | None, refuses: bool, wait: float
) -> None:
    answer = answer_of(hop(status, retry_after))
    assert (answer.refuses, answer.wait) == (refuses, wait)


@given(st.text(max_size=60))
def test_no_retry_after_header_can_break_the_reader(text: str) -> None:
    assert answer_of(hop(429, text)).wait >= 0


@given(st.lists(st.builds(Answer, refuses=st.booleans(), seconds=st.floats(0, 1e6)), max_size=30))
def test_the_distance_stays_within_its_bounds_whatever_is_answered(answers: list[Answer]) -> None:
    assert all(1.0 <= spacing <= 10.0 for spacing in paces(*answers))
