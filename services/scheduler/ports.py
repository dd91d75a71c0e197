"""What the scheduler's use cases need from the outside."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority
from services.contracts.messages import Message, Priority
from services.contracts.reasons import Reason
from services.scheduler.domain.campaign import Campaign, PlannedAudit
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.requests import Followed, Refusal, Request, Target


class Publisher(Protocol):
    """Sends messages to an actor of any service."""

    def publish_all(
        self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
    ) -> tuple[list[Message], BaseException | None]:
        """Enqueue messages; return those that were not confirmed, and the first error."""


class HostRules(Protocol):
    """What was decided about visits to hosts."""

    def opted_out(self) -> tuple[str, ...]:
        """Return the hosts that must not be visited, with all below them."""


class Ledger(Protocol):
    """The truth of where every audit stands. Each method is one transaction."""

    def create(self, campaign: Campaign, audits: Sequence[PlannedAudit]) -> None:
        """Record a campaign and its audits. Raises BadInput when the name is taken."""

    def campaign(self, name: str) -> Campaign | None:
        """Return a campaign, or None."""

    def campaigns(self) -> tuple[Campaign, ...]:
        """Return all campaigns, oldest first."""

    def schedule(self, name: str, cron: str | None, repeat_at: datetime | None) -> None:
        """Repeat a campaign at the times of a cron expression, or no more (both None). Raises BadInput."""

    def repeat(
        self, seen: Campaign, following: datetime, successor: Campaign | None, audits: Sequence[PlannedAudit]
    ) -> bool:
        """Record the campaign that repeats ``seen``, and the time after it; without a successor only that time.

        False, and nothing changed, when that was done already or is not wanted any more.
        """

    def authorities(self, campaign: str) -> list[Authority]:
        """Return the authorities of a campaign, in its order."""

    def addresses(self, at: datetime) -> dict[str, str]:
        """Return the learned address of each host."""

    def order(self, name: str, order: Order, at: datetime) -> CampaignState:
        """Carry out an operator's order and return the campaign's new state. Raises BadInput.

        Closing also closes the audits that still wait; those in hand finish.
        """

    def release(
        self,
        campaign: str,
        room: int,
        at: datetime,
        *,
        least_priority: Priority = Priority.CAMPAIGN,
        rested_since: datetime | None = None,
    ) -> list[PlannedAudit]:
        """Mark at most ``room`` audits as released and return them, on-demand work first.

        Never two audits of one host group or address at the same time, nor one of a lower priority, nor one whose
        group was stopped or had an audit closed after ``rested_since``. Audits of a host whose owner opted out are
        closed.
        """

    def close(
        self,
        audit: AuditId,
        unmeasured: Reason | None,
        at: datetime,
        *,
        works: bool | None = None,
        address: str | None = None,
        confirm_after: Sequence[timedelta] = (),
    ) -> bool:
        """Close an audit; False when it was closed already (the first word stands).

        ``works`` says whether its site does, None when that is not known; ``address`` is kept to space the sites of
        one server. When a site that worked before fails now, the next try is planned at its time after the first
        failure: see ``domain.confirmation``.
        """

    def unrelease(self, audits: Sequence[AuditId], at: datetime) -> None:
        """Take back the release of audits that could not be published; it does not count as an attempt."""

    def give_back(self, campaign: str, at: datetime) -> int:
        """Return every released audit to the queue: their messages are gone. Returns how many."""

    def reconcile(
        self,
        campaign: str,
        *,
        stale_before: datetime,
        max_releases: int,
        at: datetime,
        confirm_after: Sequence[timedelta] = (),
    ) -> tuple[int, int]:
        """Release again what has not moved; close as stuck what never will. Returns both counts.

        A confirmation that got stuck is followed by the next one.
        """

    def request(self, campaign: str, authorities: Sequence[Authority], at: datetime) -> list[AuditId]:
        """Plan a new audit of each authority, ahead of the campaign.

        An authority whose audit is still open keeps that audit, moved ahead.
        """

    def in_flight(self, least_priority: Priority) -> int:
        """Return how many audits of all campaigns are in hand, of a priority or a higher one."""

    def progress(self, campaign: str) -> Progress:
        """Return the counts of the conservation equation, over each authority's latest audit."""

    def unfinished(self) -> set[str]:
        """Return the names of the campaigns that have an open audit."""

    def closed(self, campaign: str) -> list[AuditId]:
        """Return each authority's latest audit where it was measured or found unmeasured, by code."""

    def rejudge(self, audit: AuditId, unmeasured: Reason | None, at: datetime, *, works: bool | None = None) -> None:
        """Correct the end of a closed audit whose capture was judged again under other rules."""

    def latest(self, campaign: str, code: str) -> AuditId | None:
        """Return the latest audit of an authority, or None."""

    def authority(self, campaign: str, code: str) -> Authority | None:
        """Return an authority as the campaign knows it, or None."""


class NationalFrame(Protocol):
    """Every authority of the country, as the frame that ships with the program knows it."""

    def get(self, code: str) -> Authority:
        """Return the authority with a code. Raises BadInput that names what may have been meant."""

    def on_host_of(self, url: str) -> Sequence[Authority]:
        """Return the authorities whose declared site is on the host of a URL."""


class Requests(Protocol):
    """What was asked for, and which audits answer it. Each method is one transaction."""

    def accept(self, request: Request, targets: Sequence[Target], entry: Callable[[str], Authority]) -> bool:
        """Record a request and plan its audits ahead of their campaigns; False when its id is taken: nothing is done.

        Each authority is audited where it is on its way already, else in the newest campaign that is not closed
        and knows it, else in a standing campaign as ``entry`` describes it. What ``entry`` raises undoes all.
        """

    def accepted(self, request_id: str) -> tuple[Request, tuple[Followed, ...]] | None:
        """Return an accepted request with where its audits stand, in the order asked; None when there is none."""

    def refuse(self, refusal: Refusal) -> None:
        """Record a refused request; the same message under the same id is recorded once."""

    def in_host_group(self, group: str) -> Sequence[Authority]:
        """Return the authorities of all unclosed campaigns whose declared site is in a host group, each once."""
