"""Driving an embedded campaign: create or resume, work it off, publish, stop cleanly."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from services.aggregator.study import publish_study
from services.analyzer.rules import current_rule_set
from services.cli.display import CampaignDisplay
from services.cli.embedded import open_pipeline
from services.cli.embedded_metrics import metrics_served
from services.cli.printing import print_pdf
from services.cli.selection import Selection, select_authorities
from services.cli.synthetic import Connection, synthetic_country
from services.cli.workspace import PAGES_UP_TO, Workspace
from services.contracts.errors import BadInput
from services.fetcher.domain.page_plan import plan_version
from services.fetcher.settings import FetcherSettings
from services.runtime.settings import read_settings
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.settings import SchedulerSettings

_SYNTHETIC_INTERVAL = 0.05
"""The synthetic country is ours: no need to spare it."""


@contextmanager
def country_of(workspace: Workspace, size: int | None, seed: int, *, showcase: bool) -> Iterator[Connection | None]:
    """Serve the synthetic country of a workspace while the block runs; nothing for the real web."""
    if size is None:
        yield None
        return
    folder = workspace.folder / "synthetic"
    with synthetic_country(folder, size=size, seed=seed, showcase=showcase, clock=workspace.clock) as connection:
        yield connection


@contextmanager
def metrics_of(workspace: Workspace, port: int | None, console: Console) -> Iterator[None]:
    """Serve the metrics of a run while the block runs, and say where. Raises BadInput for a port that is taken."""
    with metrics_served(workspace, port) as served:
        if served is not None:
            console.print(f"Metrics: http://127.0.0.1:{served}/metrics", highlight=False)
        yield


def fetching_settings(
    country: Connection | None,
    resolve: list[str] | None,
    dns_server: str | None,
    trusted_ca: Path | None,
    request_interval: float | None,
) -> FetcherSettings:
    """Return how sites are visited: options first, then the environment. Raises BadInput."""
    if country is None:
        return read_settings(
            FetcherSettings,
            resolve=tuple(resolve) if resolve else None,
            dns_server=dns_server,
            trusted_ca=trusted_ca,
            request_interval=request_interval,
        )
    return read_settings(
        FetcherSettings,
        resolve=country.resolve,
        dns_server=country.dns_server,
        trusted_ca=country.trusted_ca,
        request_interval=_SYNTHETIC_INTERVAL if request_interval is None else request_interval,
        attempt_interval=0.2,
        page_timeout=8.0,
        connect_timeout=3.0,
        site_budget=60.0,
    )


def create_or_resume(
    workspace: Workspace, name: str, selection: Selection, seed: int, country: Connection | None, console: Console
) -> None:
    """Plan the campaign, or go on with it. Raises BadInput when it was made with other options."""
    parameters = selection.parameters(seed, country.targets if country else None)
    existing = workspace.ledger.campaign(name)
    if existing is None:
        frame = select_authorities(selection, country.targets if country else None, workspace.folder, console)
        created = Campaign(
            name=name,
            created_at=workspace.clock.now(),
            frame=frame.source,
            seed=seed,
            parameters=parameters,
            page_plan=plan_version(),
            rule_set=current_rule_set().version,
        )
        workspace.ledger.create(
            created,
            plan(
                created,
                frame.authorities,
                size=selection.sample,
                sizes=selection.sizes,
                addresses=workspace.ledger.addresses(created.created_at),
            ),
        )
        workspace.give_back(name)
        return
    if existing.parameters != parameters:
        raise BadInput(
            f"{workspace.folder} holds campaign {name!r} made with other options: use another --out or --campaign"
        )
    if existing.state is not CampaignState.RUNNING:
        begin = Order.START if existing.state is CampaignState.PLANNED else Order.RESUME
        workspace.ledger.order(name, begin, workspace.clock.now())
    workspace.give_back(name)
    progress = workspace.ledger.progress(name)
    console.print(f"Campaign {name!r} goes on: {progress.closed} of {progress.planned} audited already.")


def drain(
    workspace: Workspace, name: str, fetching: FetcherSettings, concurrency: int | None, console: Console
) -> bool:
    """Work a campaign off. Returns whether nothing is left to do now: what waits for a later time is said."""
    releasing = read_settings(SchedulerSettings, window=concurrency, request_interval=fetching.request_interval)
    if workspace.ledger.progress(name).finished:
        return True
    stop = threading.Event()
    with (
        _ctrl_c(stop, console),
        open_pipeline(workspace, fetching, releasing) as pipeline,
        CampaignDisplay(console, workspace.clock) as display,
    ):
        progress = pipeline.drain(name, stop=stop, show=display.show)
    due = workspace.ledger.idle_until(name, workspace.clock.now())
    if due is not None:
        console.print(
            f"Sites that worked before and fail now ({progress.confirming}) are tried again from {due:%Y-%m-%d %H:%M}"
            " UTC on, before that counts: run the same command then.",
            highlight=False,
        )
    return progress.finished or due is not None


@contextmanager
def _ctrl_c(stop: threading.Event, console: Console) -> Iterator[None]:
    """Make the first Ctrl-C or SIGTERM finish what runs; the second one ends at once."""

    def handle(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        console.print("Finishing the sites in hand; once more to stop now.")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def publish(
    workspace: Workspace, name: str, console: Console, *, synthetic: bool, pdf: bool = False, pages: bool = False
) -> None:
    """Publish what is known of a campaign and print its headlines.

    ``pdf``: with the report on paper. ``pages``: with a page for each authority, as small campaigns have in any case.
    """
    progress = workspace.ledger.progress(name)
    pages = pages or progress.planned <= PAGES_UP_TO
    published = publish_study(
        workspace.engine,
        workspace.store,
        name,
        workspace.folder,
        generated_at=workspace.clock.now(),
        synthetic=synthetic,
        rule_set=current_rule_set(),
        contact=read_settings(FetcherSettings).contact_url if pages else None,
        printer=print_pdf if pdf else None,
    )
    console.print(f"\n{progress.equation()}", highlight=False)
    for line in published.summary:
        console.print(line, highlight=False)
    console.print(f"\nReport: {published.report}", highlight=False)
    if synthetic:
        console.print(
            "These sites are synthetic: the figures describe no real town.\n"
            f"The real web: {sys.argv[0]} run --frame --sample 200 --out out-real",
            highlight=False,
        )
