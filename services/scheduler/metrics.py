"""What the scheduler measures: the ledger of the open campaigns, releases, requests, host groups.

Gauges of the ledger are read from the database every AUDIT_METRICS_INTERVAL seconds. Several schedulers say the
same: take the maximum over them, never the sum.
"""

from enum import StrEnum
from typing import Final

from services.contracts.hosts import shared_platforms
from services.contracts.reasons import Reason
from services.contracts.requests import Rejection
from services.runtime.message_metrics import PRIORITIES
from services.runtime.metrics import MetricTable
from services.scheduler.domain.campaign_state import CampaignState

OTHER: Final = "other"
HOST_GROUPS: Final = (*(platform.suffix for platform in shared_platforms()), OTHER)
"""Shared platforms by name, every other host group together: label values must not grow with the country."""


class Standing(StrEnum):
    """Where an audit of an open campaign is: the terms of the conservation equation."""

    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    MEASURED = "measured"
    UNMEASURED = "unmeasured"
    EXCLUDED = "excluded"


class Closing(StrEnum):
    """How an audit of a host group ended, of those that reached the site."""

    MEASURED = "measured"
    BLOCKED = "blocked"
    FAILED = "failed"


class Reconciled(StrEnum):
    """What became of an audit that had not moved."""

    RELEASED_AGAIN = "released_again"
    CLOSED_AS_STUCK = "closed_as_stuck"


class Answer(StrEnum):
    """What became of a request. ``coalesced``: all it asked for was under way already, or it came a second time."""

    ACCEPTED = "accepted"
    COALESCED = "coalesced"
    REJECTED = "rejected"


class Job(StrEnum):
    """What the scheduler does over and over."""

    RELEASE = "release"
    RECONCILE = "reconcile"
    LEDGER_GAUGES = "ledger_gauges"


SCHEDULER: Final = MetricTable("Scheduler")

PLANNED = SCHEDULER.gauge(
    "audit_planned_audits",
    "Audits of the open campaigns, each authority's latest.",
    action="Compare with the frame.",
)
AUDITS = SCHEDULER.gauge(
    "audit_audits",
    "Audits of the open campaigns by where they are.",
    action="Waiting that does not shrink while a campaign runs: see audit_released_total and the broker.",
    standing=Standing,
)
RESIDUE = SCHEDULER.gauge(
    "audit_conservation_residue",
    "How far the authorities of the open campaigns are from measured + unmeasured + excluded + waiting + in flight.",
    action="Anything but 0 is a defect of ours: publish nothing, keep the database as it is, report it.",
)
UNMEASURED = SCHEDULER.gauge(
    "audit_unmeasured_audits",
    "Unmeasured audits of the open campaigns by reason.",
    action="`commune-audit campaign status` names them; `reaudit` tries some again.",
    reason=Reason,
)
CONFIRMING = SCHEDULER.gauge(
    "audit_confirming_audits",
    "Open audits that wait to confirm the failure of a site that worked before.",
    action="Many at once: suspect our own network before the sites.",
)
CAMPAIGNS = SCHEDULER.gauge(
    "audit_campaigns",
    "Campaigns by state.",
    action="`commune-audit campaign list` names them.",
    state=CampaignState,
)
SITES_PER_MINUTE = SCHEDULER.gauge(
    "audit_campaign_sites_per_minute",
    "Audits of the running campaigns closed in the last minutes, a minute.",
    action="Under the forecast: add fetchers, or see what holds theirs.",
)
ETA = SCHEDULER.gauge(
    "audit_campaign_end_timestamp_seconds",
    "When the last of the running campaigns ends at the present rate; 0 when that cannot be said.",
    action="Later than planned: add fetchers, or take fewer pages.",
    unit="timestamp_seconds",
)
OUTBOX = SCHEDULER.gauge(
    "audit_outbox_audits",
    "Audits that are due and wait in the ledger to be published.",
    action="Above 0 for on_demand for minutes: the scheduler does not release; see its log.",
    priority=PRIORITIES,
)
OUTBOX_OLDEST = SCHEDULER.gauge(
    "audit_outbox_oldest_timestamp_seconds",
    "Since when the oldest of those has been due; 0 when there is none.",
    action="As audit_outbox_audits. For a campaign it grows with the campaign, which is as it should be.",
    unit="timestamp_seconds",
    priority=PRIORITIES,
)
OLDEST_UNFINISHED = SCHEDULER.gauge(
    "audit_oldest_unfinished_timestamp_seconds",
    "When the oldest audit that is in hand was released; 0 when none is.",
    action="Older than twice AUDIT_AUDIT_BUDGET: it is stuck; reconciliation should have taken it.",
    unit="timestamp_seconds",
    priority=PRIORITIES,
)
BUDGET = SCHEDULER.gauge(
    "audit_budget_seconds",
    "AUDIT_AUDIT_BUDGET: what an audit may take from release to close.",
    action="A constant, for alerts to compare with.",
    unit="seconds",
)
RELEASED = SCHEDULER.counter(
    "audit_released_total",
    "Audits released from the ledger and published.",
    action="0 while something waits: no room in the window, or the broker refuses.",
    priority=PRIORITIES,
)
CLOSED = SCHEDULER.counter(
    "audit_closed_total",
    "Audits that ended, closed by this process, by how; those left out for an opt-out or by an operator are not.",
    action="0 while something is in flight: follow one audit through the logs.",
    standing=(Standing.MEASURED, Standing.UNMEASURED),
)
RECONCILED = SCHEDULER.counter(
    "audit_reconciled_total",
    "Audits that had not moved for twice their budget, by what became of them.",
    action="More than a few: messages are lost, or a service hangs.",
    outcome=Reconciled,
)
REQUESTS = SCHEDULER.counter(
    "audit_requests_total",
    "Requests for re-audits taken from audit.requests.",
    action="`commune-audit request list` shows them.",
    answer=Answer,
)
REJECTIONS = SCHEDULER.counter(
    "audit_requests_rejected_total",
    "Requests refused, by reason; they are in audit.requests.rejected.",
    action="Tell whoever publishes them: the reason header says what is wrong.",
    rejection=Rejection,
)
HOST_GROUP_AUDITS = SCHEDULER.gauge(
    "audit_host_group_audits",
    "Audits of the open campaigns that closed in the last 24 hours, by host group and how.",
    action="Blocked rising in one group: `commune-audit hosts stop GROUP`, then ask its owner.",
    host_group=HOST_GROUPS,
    closing=Closing,
)
STOPPED_GROUPS = SCHEDULER.gauge(
    "audit_stopped_host_groups",
    "Host groups held back by `commune-audit hosts stop`.",
    action="`commune-audit hosts list` names them; `hosts resume` lets them go.",
)
LAST_SUCCESS = SCHEDULER.gauge(
    "audit_last_success_timestamp_seconds",
    "When each of the scheduler's jobs last ended well; 0 when it never did in this process.",
    action="Old: the database or the broker does not answer.",
    unit="timestamp_seconds",
    job_name=Job,
)
