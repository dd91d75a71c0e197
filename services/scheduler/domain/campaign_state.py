"""The life of a campaign: what an operator may ask, and when."""

from enum import StrEnum

from services.contracts.errors import BadInput


class CampaignState(StrEnum):
    """Whether a campaign's waiting audits are released. On-demand audits are, but for a closed campaign."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"


class Order(StrEnum):
    """What an operator may ask of a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


_LEADS_TO = {
    Order.START: ({CampaignState.PLANNED}, CampaignState.RUNNING),
    Order.PAUSE: ({CampaignState.RUNNING}, CampaignState.PAUSED),
    Order.RESUME: ({CampaignState.PAUSED}, CampaignState.RUNNING),
    Order.CLOSE: ({CampaignState.PLANNED, CampaignState.RUNNING, CampaignState.PAUSED}, CampaignState.CLOSED),
}


def after(state: CampaignState, order: Order) -> CampaignState:
    """Return the state that an order leads to. The same order twice changes nothing.

    Raises BadInput for an order that makes no sense in that state.
    """
    allowed, target = _LEADS_TO[order]
    if state is target or state in allowed:
        return target
    possible = ", ".join(sorted(other.value for other, (origins, _) in _LEADS_TO.items() if state in origins))
    raise BadInput(f"a {state.value} campaign cannot {order.value}; possible: {possible or 'nothing more'}")
