"""A site that worked and now fails is tried again before the failure counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.reasons import Reason
from services.scheduler.domain.confirmation import OF_THE_SITE, End, is_visited, next_confirmation

WORKS = End(works=True)
DEAD = End(works=False)
STUCK = End(unmeasured=Reason.STUCK)
ends = st.builds(End, unmeasured=st.none() | st.sampled_from(Reason), works=st.none() | st.booleans())


def visits(ends_in_turn: list[End], *, worked_before: bool, tries: int) -> int:
    """Return how many visits an authority gets when they end like this, the last one over and over."""
    number, made = 0, 0
    while True:
        end = ends_in_turn[min(made, len(ends_in_turn) - 1)]
        made += 1
        following = next_confirmation(number, end, worked_before=worked_before, tries=tries)
        if following is None:
            return made
        assert following == number + 1
        number = following


@pytest.mark.parametrize(
    ("in_turn", "expected"),
    [
        pytest.param([WORKS], 1, id="works"),
        pytest.param([DEAD], 4, id="stays dead"),
        pytest.param([DEAD, WORKS], 2, id="works again at once"),
        pytest.param([End(unmeasured=Reason.TIMEOUT), DEAD, WORKS], 3, id="works again later"),
        pytest.param([End(unmeasured=Reason.BLOCKED)], 4, id="stays blocked"),
        pytest.param([STUCK], 1, id="our own trouble is no failure of the site"),
        pytest.param([End(unmeasured=Reason.NETWORK_FAILURE)], 1, id="our network is not the site"),
        pytest.param([DEAD, STUCK, STUCK, STUCK], 4, id="a try that could not be carried out confirms nothing"),
        pytest.param([DEAD, End(unmeasured=Reason.OPTED_OUT)], 2, id="the owner opts out meanwhile"),
        pytest.param([DEAD, End(unmeasured=Reason.CAMPAIGN_CLOSED)], 2, id="the campaign is closed meanwhile"),
        pytest.param([End()], 1, id="an older aggregator says nothing of the site"),
    ],
)
def test_a_site_that_worked_before_is_visited_until_it_works_or_the_tries_are_used_up(
    in_turn: list[End], expected: int
) -> None:
    assert visits(in_turn, worked_before=True, tries=3) == expected


@given(st.lists(ends, min_size=1, max_size=8), st.integers(min_value=0, max_value=6))
def test_a_site_that_did_not_work_before_is_visited_once(in_turn: list[End], tries: int) -> None:
    assert visits(in_turn, worked_before=False, tries=tries) == 1


@given(st.lists(ends, min_size=1, max_size=8), st.booleans(), st.integers(min_value=0, max_value=6))
def test_there_are_never_more_visits_than_tries_and_none_after_one_that_works(
    in_turn: list[End], worked_before: bool, tries: int
) -> None:
    made = visits(in_turn, worked_before=worked_before, tries=tries)
    assert 1 <= made <= tries + 1
    seen = [in_turn[min(n, len(in_turn) - 1)] for n in range(made)]
    assert not any(end.works for end in seen[:-1])


@given(st.lists(st.sampled_from([DEAD, *(End(unmeasured=reason) for reason in OF_THE_SITE)]), min_size=1, max_size=8))
def test_a_failure_counts_only_after_every_try(in_turn: list[End]) -> None:
    assert visits(in_turn, worked_before=True, tries=3) == 4


@pytest.mark.parametrize(
    ("url", "visited"),
    [
        ("https://www.mairie.fr", True),
        ("http://mairie.free.fr", True),
        ("https://www.facebook.com/mairie", False),
        ("mairie@wanadoo.fr", False),
        (None, False),
    ],
)
def test_only_a_site_can_be_visited_again(url: str | None, visited: bool) -> None:
    assert is_visited(url) is visited
