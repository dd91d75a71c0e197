"""The rate of a campaign and the time it has left."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.domain.pace import RECENT, Activity, pace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_rate_is_that_of_the_last_minutes() -> None:
    found = pace(Activity(began=NOON - timedelta(hours=5), closed=50), left=100, now=NOON)
    assert found.per_minute == pytest.approx(5)
    assert found.seconds_left == pytest.approx(20 * 60)


def test_a_campaign_that_just_began_is_not_taken_for_a_slow_one() -> None:
    assert pace(Activity(began=NOON - timedelta(minutes=2), closed=20), left=10, now=NOON).per_minute == 10


def test_nothing_says_how_long_a_campaign_takes_that_does_not_move() -> None:
    assert pace(Activity(began=NOON - timedelta(hours=1)), left=3, now=NOON).seconds_left is None
    assert pace(Activity(), left=3, now=NOON).seconds_left is None


def test_what_waits_for_its_time_keeps_a_campaign_open_until_then() -> None:
    busy = Activity(began=NOON - timedelta(hours=1), closed=600, last_due=NOON + timedelta(hours=72))
    assert pace(busy, left=1, now=NOON).seconds_left == 72 * 3600


@given(
    began=st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=90)),
    closed=st.integers(min_value=0, max_value=40_000),
    left=st.integers(min_value=0, max_value=40_000),
    due=st.none() | st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9)),
)
def test_the_time_left_is_known_just_when_there_is_a_rate_or_nothing_to_do(
    began: timedelta | None, closed: int, left: int, due: timedelta | None
) -> None:
    activity = Activity(
        began=None if began is None else NOON - began, closed=closed, last_due=None if due is None else NOON + due
    )
    found = pace(activity, left, NOON)
    assert found.per_minute >= closed / (RECENT / timedelta(minutes=1))
    assert (found.seconds_left is None) == (closed == 0 and left > 0)
    assert (found.seconds_left or 0) >= 0
