"""``commune-audit campaign``: plan a campaign, forecast it, see where it stands."""

import json
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from services.analyzer.rules import current_rule_set
from services.cli.campaign_views import campaign_table, local_time, print_forecast, status_document, status_table
from services.cli.display import wide_console
from services.cli.drive import publish as publish_campaign
from services.cli.options import MaxPages, Out, Pdf, PerStratum, Wacz
from services.cli.selection import Selection, select_authorities
from services.cli.workspace import Workspace, existing_workspace, has_workspace, open_workspace, the_campaign
from services.contracts.audits import check_campaign_name
from services.contracts.errors import BadInput
from services.fetcher.domain.page_plan import plan_version
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock
from services.runtime.settings import read_settings
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.forecast import forecast
from services.scheduler.domain.pace import Pace, pace
from services.scheduler.domain.recurrence import MAX_NAME, check_cron, next_times
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
    sample_per_stratum: PerStratum = None,
    seed: Annotated[int, typer.Option(help="Seed of the order and of the sample.")] = 2018,
    priority: Annotated[
        int, typer.Option(min=-100, max=100, help="Of the running campaigns the highest is released first.")
    ] = 0,
    slots: Annotated[int | None, typer.Option(min=1, help="Sites visited at a time, for the forecast.")] = None,
    wacz: Wacz = False,
    max_pages: MaxPages = None,
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
        per_stratum=sample_per_stratum,
        wacz=wacz,
        max_pages=max_pages,
    )
    selection.check()
    check_campaign_name(name)
    console = wide_console()
    workspace = open_workspace(out) if has_workspace(out) or not dry_run else None
    chosen = select_authorities(selection, None, out, console)
    created = Campaign(
        name=name,
        created_at=SystemClock().now(),
        frame=chosen.source,
        seed=seed,
        parameters=selection.parameters(seed, None),
        state=CampaignState.PLANNED,
        priority=priority,
        page_plan=plan_version(),
        rule_set=current_rule_set().version,
    )
    addresses = workspace.ledger.addresses(created.created_at) if workspace else {}
    rows = plan(created, chosen.authorities, size=sample, sizes=selection.sizes, addresses=addresses)
    expected = forecast(
        rows,
        slots=slots or read_settings(SchedulerSettings).window,
        interval=read_settings(FetcherSettings).request_interval,
    )
    if workspace is not None and not dry_run:
        workspace.ledger.create(created, rows)
    if as_json:
        console.out(expected.model_dump_json(indent=2), highlight=False)
        return
    print_forecast(console, expected)
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
    console.print(campaign_table(found), markup=False)


@app.command()
def status(
    name: Name = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow until the campaign is finished.")] = False,
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Show where a campaign stands.

    The conservation equation, the failures by reason, the rate over the last minutes and the time left.
    """
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name)
    progress, speed = _standing(workspace, campaign)
    console = wide_console()
    if as_json:
        console.out(json.dumps(status_document(campaign, progress, speed), indent=2), highlight=False)
        return
    if not watch:
        console.print(status_table(campaign, progress, speed), markup=False)
        console.print(progress.equation(), highlight=False)
        return
    with Live(status_table(campaign, progress, speed), console=console) as live:
        while not progress.finished:
            threading.Event().wait(_WATCH_SECONDS)
            campaign = the_campaign(workspace, campaign.name)
            progress, speed = _standing(workspace, campaign)
            live.update(status_table(campaign, progress, speed))


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

    Audits that still wait are unmeasured with the reason campaign_closed. A campaign that is repeated still is.
    """
    workspace, campaign = _order(name, out, Order.CLOSE)
    if the_campaign(workspace, campaign).cron is not None:
        wide_console().print(
            f"It is still planned again at its times; `campaign repeat {campaign} --stop` ends that.", highlight=False
        )


@app.command()
def repeat(
    name: Name = None,
    cron: Annotated[str | None, typer.Option(help="Cron expression of five fields, in French time.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Plan it no more.")] = False,
    out: Out = Path("out"),
) -> None:
    """Plan a campaign again at the times of a cron expression, under NAME-YYYYMMDD.

    The scheduler process does so and starts it, once for all the times it was down.
    """
    if (cron is None) is not stop:
        raise BadInput("give either --cron EXPRESSION or --stop")
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name).name
    if cron is None:
        workspace.ledger.schedule(campaign, None, None)
        wide_console().print(f"Campaign {campaign!r} is not planned again.", highlight=False)
        return
    if len(campaign) > MAX_NAME:
        raise BadInput(f"campaign {campaign!r} cannot be repeated: its name is longer than {MAX_NAME} characters")
    now = workspace.clock.now()
    expression = check_cron(cron, now)
    times = next_times(expression, now, 3)
    workspace.ledger.schedule(campaign, expression, times[0])
    wide_console().print(
        f"Campaign {campaign!r} is planned again at {', '.join(map(local_time, times))}, … (Europe/Paris).",
        highlight=False,
    )


@app.command()
def publish(
    name: Name = None,
    out: Out = Path("out"),
    pdf: Pdf = False,
    pages: Annotated[
        bool, typer.Option("--pages", help="A page for each authority, which small campaigns have in any case.")
    ] = False,
) -> None:
    """Publish the study of a campaign as it stands.

    Derived from the verdicts recorded so far, whichever way the campaign runs.
    """
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name)
    synthetic = json.loads(campaign.parameters).get("synthetic") is not None
    publish_campaign(workspace, campaign.name, wide_console(), synthetic=synthetic, pdf=pdf, pages=pages)


def _standing(workspace: Workspace, campaign: Campaign) -> tuple[Progress, Pace]:
    now, progress = workspace.clock.now(), workspace.ledger.progress(campaign.name)
    return progress, pace(workspace.ledger.activity(campaign.name, now), progress.waiting + progress.in_flight, now)


def _order(name: str | None, out: Path, order: Order) -> tuple[Workspace, str]:
    workspace = existing_workspace(out)
    campaign = the_campaign(workspace, name).name
    state = workspace.ledger.order(campaign, order, workspace.clock.now())
    wide_console().print(f"Campaign {campaign!r} is {state.value}.", highlight=False)
    return workspace, campaign
