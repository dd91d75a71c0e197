"""``commune-audit campaign``: plan a campaign, forecast it, see where it stands."""

import json
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from services.cli.display import wide_console
from services.cli.drive import publish as publish_campaign
from services.cli.drive import the_campaign
from services.cli.embedded import Workspace, existing_workspace, open_workspace
from services.cli.run_command import Out
from services.cli.selection import Selection, select_authorities
from services.contracts.audits import check_campaign_name
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock
from services.runtime.settings import read_settings
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.forecast import Forecast, forecast
from services.scheduler.settings import SchedulerSettings

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str | None, typer.Argument(help="Campaign; the only one of the folder if unset.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_WATCH_SECONDS = 2.0


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the campaign: lower-case letters, digits, hyphens.")],
    targets: Annotated[Path | None, typer.Option(help="CSV of authorities.")] = None,
    frame: Annotated[bool, typer.Option("--frame", help="The national frame.")] = False,
    frame_file: Annotated[Path | None, typer.Option(help="A frame made by `frame import`.")] = None,
    departement: Annotated[str | None, typer.Option(help="Only this département of the frame.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="A proportional sample of this size.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the order and of the sample.")] = 2018,
    slots: Annotated[int | None, typer.Option(min=1, help="Sites visited at a time, for the forecast.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only forecast: write nothing.")] = False,
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Plan a campaign, or forecast one.

    `campaign start` hands it to the services; `run` with the same options and `--campaign NAME` works it
    off in one process.
    """
    selection = Selection(
        targets=targets,
        frame=frame,
        frame_file=frame_file,
        departement=departement,
        synthetic=None,
        showcase=False,
        sample=sample,
    )
    selection.check()
    check_campaign_name(name)
    console = wide_console()
    workspace = None if dry_run else open_workspace(out)
    chosen = select_authorities(selection, None, out, console)
    created = Campaign(
        name=name,
        created_at=SystemClock().now(),
        frame=chosen.source,
        seed=seed,
        parameters=selection.parameters(seed, None),
        state=CampaignState.PLANNED,
    )
    rows = plan(created, chosen.authorities, size=sample)
    expected = forecast(
        rows,
        slots=slots or read_settings(SchedulerSettings).window,
        interval=read_settings(FetcherSettings).request_interval,
    )
    if workspace is not None:
        workspace.ledger.create(created, rows)
    if as_json:
        console.out(expected.model_dump_json(indent=2), highlight=False)
        return
    _print_forecast(console, expected)
    console.print("Nothing was written." if dry_run else f"Campaign {name!r} is planned in {out}.", highlight=False)


@app.command("list")
def list_campaigns(out: Out = Path("out"), as_json: AsJson = False) -> None:
    """List the campaigns of a folder."""
    workspace = existing_workspace(out)
    found = [(campaign, workspace.ledger.progress(campaign.name)) for campaign in workspace.ledger.campaigns()]
    console = wide_console()
    if as_json:
        described = [{**c.model_dump(mode="json"), "progress": p.model_dump()} for c, p in found]
        console.out(json.dumps(described, indent=2, ensure_ascii=False), highlight=False)
        return
    table = Table("campaign", "created", "audited", "planned", "frame", box=SIMPLE_HEAD, pad_edge=False)
    for campaign, progress in found:
        created = f"{campaign.created_at:%Y-%m-%d %H:%M}"
        table.add_row(campaign.name, created, str(progress.closed), str(progress.planned), campaign.frame)
    console.print(table, markup=False)


@app.command()
def status(
    name: Name = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow until the campaign is finished.")] = False,
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Show where a campaign stands: the conservation equation and the failures by reason."""
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name)
    progress = workspace.ledger.progress(campaign.name)
    console = wide_console()
    if as_json:
        document = {
            "campaign": campaign.name,
            "state": campaign.state,
            "residue": progress.residue,
            **progress.model_dump(),
        }
        console.out(json.dumps(document, indent=2), highlight=False)
        return
    if not watch:
        console.print(_status_table(campaign, progress), markup=False)
        console.print(progress.equation(), highlight=False)
        return
    with Live(_status_table(campaign, progress), console=console) as live:
        while not progress.finished:
            threading.Event().wait(_WATCH_SECONDS)
            progress = workspace.ledger.progress(campaign.name)
            live.update(_status_table(campaign, progress))


@app.command()
def start(name: Name = None, out: Out = Path("out")) -> None:
    """Start a planned campaign."""
    _order(name, out, Order.START)


@app.command()
def pause(name: Name = None, out: Out = Path("out")) -> None:
    """Release nothing more, but for re-audits.

    What is in hand finishes.
    """
    _order(name, out, Order.PAUSE)


@app.command()
def resume(name: Name = None, out: Out = Path("out")) -> None:
    """Go on with a paused campaign."""
    _order(name, out, Order.RESUME)


@app.command()
def drain(name: Name = None, out: Out = Path("out")) -> None:
    """Pause, and wait until nothing is in hand."""
    workspace, campaign = _order(name, out, Order.PAUSE)
    while workspace.ledger.progress(campaign).in_flight:
        threading.Event().wait(_WATCH_SECONDS)
    wide_console().print(workspace.ledger.progress(campaign).equation(), highlight=False)


@app.command()
def close(name: Name = None, out: Out = Path("out")) -> None:
    """End a campaign for good.

    Audits that still wait are unmeasured with the reason campaign_closed.
    """
    _order(name, out, Order.CLOSE)


@app.command()
def publish(name: Name = None, out: Out = Path("out")) -> None:
    """Publish the study of a campaign as it stands.

    Derived from the verdicts recorded so far, whichever way the campaign runs.
    """
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name)
    synthetic = json.loads(campaign.parameters).get("synthetic") is not None
    publish_campaign(workspace, campaign.name, wide_console(), synthetic=synthetic)


def _order(name: str | None, out: Path, order: Order) -> tuple[Workspace, str]:
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name).name
    state = workspace.ledger.order(campaign, order, workspace.clock.now())
    wide_console().print(f"Campaign {campaign!r} is {state.value}.", highlight=False)
    return workspace, campaign


def _status_table(campaign: Campaign, progress: Progress) -> Table:
    table = Table(
        "state",
        "reason",
        "audits",
        "share",
        title=f"{campaign.name} ({campaign.state.value})",
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


def _print_forecast(console: Console, expected: Forecast) -> None:
    console.print(
        f"{expected.audits} audits ({expected.excluded} excluded), {expected.sites} sites to visit on "
        f"{expected.host_groups} host groups",
        highlight=False,
    )
    console.print(
        f"about {_duration(expected.seconds)}, {expected.bytes / 1e9:.1f} GB of artefacts, "
        f"{_duration(expected.slot_seconds)} of slot time",
        highlight=False,
    )
    table = Table("shared host", "sites", "one after the other", box=SIMPLE_HEAD, pad_edge=False)
    for group in expected.shared:
        table.add_row(group.name, str(group.sites), _duration(group.seconds))
    console.print(table, markup=False)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
