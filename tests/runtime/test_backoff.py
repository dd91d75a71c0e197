"""Waiting for a server that is away."""

import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import BadInput, DatabaseUnavailable
from services.runtime.backoff import delays, retrying


@given(
    draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=40),
    first=st.floats(0.01, 5),
    longest=st.floats(0.01, 60),
)
def test_waits_grow_up_to_a_bound_and_are_never_short(draws: list[float], first: float, longest: float) -> None:
    chances = iter(draws)
    waits = list(itertools.islice(delays(lambda: next(chances), first=first, longest=longest), len(draws)))
    for number, wait in enumerate(waits):
        bound = min(first * 2**number, longest)
        assert bound / 2 <= wait <= bound


def test_the_jitter_spreads_a_fleet() -> None:
    assert next(delays(lambda: 0.0, first=1)) == 0.5
    assert next(delays(lambda: 0.5, first=1)) == 0.75


def test_a_call_is_repeated_until_what_it_needs_is_back() -> None:
    answers = iter([DatabaseUnavailable("away"), DatabaseUnavailable("starting"), 7])
    heard: list[str] = []

    def call() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    result = retrying(
        call,
        draw=lambda: 0,
        wait=lambda _s: False,
        on_failure=lambda error, seconds: heard.append(f"{error} {seconds}"),
    )
    assert result == 7
    assert heard == ["away 0.25", "starting 0.5"]


def test_an_error_that_waiting_cannot_mend_is_raised_at_once() -> None:
    def call() -> None:
        raise BadInput("no")

    with pytest.raises(BadInput):
        retrying(call, draw=lambda: 0, wait=lambda _s: pytest.fail("waited"))


def test_a_process_asked_to_stop_does_not_wait_for_the_server() -> None:
    stop = threading.Event()
    stop.set()

    def call() -> None:
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        retrying(call, draw=lambda: 0, wait=stop.wait)
