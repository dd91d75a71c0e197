"""Plan campaigns again when their time has come."""

from collections.abc import Callable
from datetime import datetime

from services.contracts.errors import BadInput
from services.runtime.clock import Clock
from services.runtime.logging import get_logger
from services.scheduler.domain.campaign import Campaign, PlannedAudit, plan
from services.scheduler.domain.campaign_state import CampaignState
from services.scheduler.domain.recurrence import last_time, national_selection, next_times, repeated_name
from services.scheduler.frame.frame import Frame
from services.scheduler.ports import Ledger

_log = get_logger(__name__)


class RepeatCampaigns:
    """Plans and starts again the campaigns whose time has come; a time that was missed is caught up once.

    ``national`` gives the frame that ships with the program; a campaign over other targets keeps its authorities.
    """

    def __init__(self, ledger: Ledger, clock: Clock, national: Callable[[], Frame]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._national = national

    def __call__(self) -> None:
        """Plan what is due. Several processes may do so at once: each time is planned by one of them."""
        now = self._clock.now()
        campaigns = self._ledger.campaigns()
        taken = {campaign.name for campaign in campaigns}
        for campaign in campaigns:
            if campaign.cron is not None and campaign.repeat_at is not None and campaign.repeat_at <= now:
                name = repeated_name(campaign.name, last_time(campaign.cron, now), taken)
                try:
                    self._repeat(campaign, campaign.cron, name, now)
                except BadInput as error:
                    _log.error("campaign not repeated", repeats=campaign.name, error=str(error))

    def _repeat(self, campaign: Campaign, cron: str, name: str | None, now: datetime) -> None:
        [following] = next_times(cron, now, 1)
        successor, audits = (None, []) if name is None else self._planned(campaign, name, now)
        if self._ledger.repeat(campaign, following, successor, audits):
            _log.info("campaign repeated", repeats=campaign.name, started=name, audits=len(audits))

    def _planned(self, campaign: Campaign, name: str, now: datetime) -> tuple[Campaign, list[PlannedAudit]]:
        started = {"name": name, "created_at": now, "state": CampaignState.RUNNING, "cron": None, "repeat_at": None}
        # The versions are those of the services that visit and judge, which the scheduler knows nothing of.
        successor = campaign.model_copy(update=started | {"page_plan": None, "rule_set": None})
        addresses, selection = self._ledger.addresses(now), national_selection(campaign.parameters)
        if selection is None:
            return successor, plan(successor, self._ledger.authorities(campaign.name), addresses=addresses)
        frame = self._national()
        chosen = frame.select(departement=selection.departement)
        rows = plan(successor, chosen, size=selection.sample, sizes=selection.sizes, addresses=addresses)
        return successor.model_copy(update={"frame": frame.source}), rows
