"""When a campaign is planned again, and under which name."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import BadInput
from services.scheduler.domain.recurrence import (
    ZONE,
    check_cron,
    last_time,
    national_selection,
    next_times,
    repeated_name,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUARTERLY = "0 3 1 */3 *"
CRONS = (QUARTERLY, "30 2 * * *", "0 0 * * 1", "15 4 29 2 *", "0 6 L * *", "*/20 1-3 * 3,10 SUN")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_times_are_those_of_french_clocks() -> None:
    assert [f"{t:%Y-%m-%d %H:%M}" for t in next_times(QUARTERLY, NOON, 3)] == [
        "2027-01-01 02:00",
        "2027-04-01 01:00",
        "2027-07-01 01:00",
    ]


def test_a_time_that_a_change_of_clocks_skips_or_doubles_comes_once() -> None:
    spring, autumn = datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    for change in (spring, autumn):
        days = [t.astimezone(ZONE).date() for t in next_times("30 2 * * *", change, 4)]
        assert days == [change.date() + timedelta(days=n) for n in range(1, 5)]


@given(st.sampled_from(CRONS), moments)
def test_the_next_times_come_after_and_in_order(cron: str, now: datetime) -> None:
    times = next_times(cron, now, 4)
    assert times[0] > now
    assert all(first < second for first, second in pairwise(times))


@given(st.sampled_from(CRONS), moments)
def test_the_time_to_catch_up_is_the_last_one_that_is_not_to_come(cron: str, now: datetime) -> None:
    missed = last_time(cron, now)
    assert missed <= now < next_times(cron, missed, 1)[0]


@pytest.mark.parametrize(
    "cron",
    ["", "0 3 1", "0 3 1 */3 * *", "61 * * * *", "0 3 1 */0 *", "@daily", "0 3 30 2 *", "x y z t u", "0 3 ١ * *"],
)
def test_what_is_no_cron_expression_is_bad_input_that_names_it(cron: str) -> None:
    with pytest.raises(BadInput, match="--cron"):
        check_cron(cron, NOON)


@given(st.text(max_size=30) | st.lists(st.text("0123456789*/,-L#", max_size=4), min_size=5, max_size=5).map(" ".join))
def test_any_text_is_a_cron_expression_with_times_or_refused(text: str) -> None:
    with suppress(BadInput):
        assert next_times(check_cron(text, NOON), NOON, 1)


def test_a_cron_expression_is_kept_with_single_spaces() -> None:
    assert check_cron(" 0  3 1 */3 * ", NOON) == QUARTERLY


def test_a_repetition_is_named_after_its_date_then_after_its_time() -> None:
    due = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert repeated_name("eu", due, set()) == "eu-20270101"
    assert repeated_name("eu", due, {"eu-20270101"}) == "eu-20270101-0030"
    assert repeated_name("eu", due, {"eu-20270101", "eu-20270101-0030"}) is None


@pytest.mark.parametrize(
    ("parameters", "national"),
    [
        ('{"departement": "33", "sample": 10, "targets": null, "synthetic": null}', True),
        ('{"departement": null, "sample": null, "targets": "ab12", "synthetic": null}', False),
        ('{"departement": null, "sample": null, "targets": null, "synthetic": 60}', False),
        ("{}", False),
    ],
)
def test_only_a_campaign_over_the_national_frame_chooses_from_it_again(parameters: str, national: bool) -> None:
    assert (national_selection(parameters) is not None) is national
