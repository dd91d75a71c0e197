"""The life of a campaign."""

import pytest

from services.contracts.errors import BadInput
from services.scheduler.domain.campaign_state import CampaignState, Order, after

PLANNED, RUNNING, PAUSED, CLOSED = CampaignState


@pytest.mark.parametrize(
    ("state", "order", "expected"),
    [
        (PLANNED, Order.START, RUNNING),
        (RUNNING, Order.START, RUNNING),
        (RUNNING, Order.PAUSE, PAUSED),
        (PAUSED, Order.PAUSE, PAUSED),
        (PAUSED, Order.RESUME, RUNNING),
        (RUNNING, Order.RESUME, RUNNING),
        (PLANNED, Order.CLOSE, CLOSED),
        (RUNNING, Order.CLOSE, CLOSED),
        (PAUSED, Order.CLOSE, CLOSED),
        (CLOSED, Order.CLOSE, CLOSED),
    ],
)
def test_an_order_leads_to_its_state_and_twice_to_the_same(
    state: CampaignState, order: Order, expected: CampaignState
) -> None:
    assert after(state, order) is expected


@pytest.mark.parametrize(
    ("state", "order"),
    [
        (PLANNED, Order.PAUSE),
        (PLANNED, Order.RESUME),
        (PAUSED, Order.START),
        (CLOSED, Order.START),
        (CLOSED, Order.RESUME),
        (CLOSED, Order.PAUSE),
    ],
)
def test_an_order_that_makes_no_sense_names_those_that_do(state: CampaignState, order: Order) -> None:
    with pytest.raises(BadInput, match="possible: "):
        after(state, order)
