"""What the campaign commands print: tables for a person, documents with stable keys for a program."""

from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.scheduler.domain.campaign import Campaign
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.forecast import Forecast
from services.scheduler.domain.pace import Pace
from services.scheduler.domain.recurrence import ZONE


def status_document(campaign: Campaign, progress: Progress, speed: Pace) -> dict[str, object]:
    """Return what `campaign status --json` prints."""
    return {
        "campaign": campaign.name,
        "state": campaign.state,
        "priority": campaign.priority,
        "page_plan": campaign.page_plan,
        "rule_set": campaign.rule_set,
        "residue": progress.residue,
        **progress.model_dump(),
        "rate_per_minute": round(speed.per_minute, 2),
        "eta_seconds": None if speed.seconds_left is None else round(speed.seconds_left),
    }


def pace_line(speed: Pace) -> str:
    """Return the rate and the time left as a line."""
    if speed.seconds_left is None:
        return "nothing ended in the last minutes: time left unknown"
    left = f"about {duration(speed.seconds_left)} left" if speed.seconds_left else "nothing left"
    return f"{speed.per_minute:.1f} audits/min, {left}"


def campaign_table(found: list[tuple[Campaign, Progress]]) -> Table:
    """Return the campaigns of a folder."""
    columns = ("campaign", "state", "priority", "created", "audited", "planned", "planned again", "frame")
    table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for campaign, progress in found:
        table.add_row(
            campaign.name,
            campaign.state.value,
            str(campaign.priority),
            f"{campaign.created_at:%Y-%m-%d %H:%M}",
            str(progress.closed),
            str(progress.planned),
            f"{local_time(campaign.repeat_at)} ({campaign.cron})" if campaign.repeat_at else "",
            campaign.frame,
        )
    return table


def local_time(moment: datetime) -> str:
    """Return a time as French clocks show it."""
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"


def status_table(campaign: Campaign, progress: Progress, speed: Pace) -> Table:
    """Return where a campaign stands: every audit, the rate and the time left."""
    table = Table(
        "state",
        "reason",
        "audits",
        "share",
        title=f"{campaign.name} ({campaign.state.value})",
        caption=pace_line(speed),
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    rows = [("measured", "", progress.measured)]
    rows += [("unmeasured", reason, count) for reason, count in sorted(progress.unmeasured.items())]
    rows += [("excluded", reason, count) for reason, count in sorted(progress.excluded.items())]
    rows += [("waiting", "", progress.waiting), ("in flight", "", progress.in_flight)]
    for state, reason, count in rows:
        table.add_row(state, reason, str(count), f"{count / progress.planned:.1%}" if progress.planned else "")
    table.add_row("planned", "", str(progress.planned), "")
    return table


def print_forecast(console: Console, expected: Forecast) -> None:
    """Print what a plan takes."""
    console.print(
        f"{expected.audits} audits ({expected.excluded} excluded), {expected.sites} sites to visit on "
        f"{expected.host_groups} host groups; {expected.address_groups} servers are known to be shared by several",
        highlight=False,
    )
    console.print(
        f"about {duration(expected.seconds)}, {expected.bytes / 1e9:.1f} GB of artefacts, "
        f"{duration(expected.slot_seconds)} of slot time",
        highlight=False,
    )
    table = Table("shared host or address", "sites", "one after the other", box=SIMPLE_HEAD, pad_edge=False)
    for group in expected.shared:
        table.add_row(group.name, str(group.sites), duration(group.seconds))
    console.print(table, markup=False)


def duration(seconds: float) -> str:
    """Return a span of time as a person says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
