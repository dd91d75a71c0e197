"""``commune-audit run`` and ``reaudit``: an embedded campaign from targets to published statistics."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.cli.drive import (
    country_of,
    create_or_resume,
    drain,
    fetching_settings,
    metrics_of,
    publish,
)
from services.cli.options import (
    Concurrency,
    DnsServer,
    Interval,
    MaxPages,
    MetricsPort,
    Out,
    Pdf,
    PerStratum,
    Resolve,
    TrustedCa,
    Verbose,
    Wacz,
)
from services.cli.request_sending import record_request, send_request
from services.cli.selection import Selection
from services.cli.truth_check import check_against_truth
from services.cli.workspace import configure, open_workspace, the_campaign
from services.contracts.audits import check_campaign_name
from services.contracts.errors import BadInput
from services.fetcher.settings import FetcherSettings


def run(
    targets: Annotated[Path | None, typer.Option(help="CSV of authorities: `code` and/or `url`, `name`, …")] = None,
    frame: Annotated[bool, typer.Option("--frame", help="Audit the national frame.")] = False,
    frame_file: Annotated[Path | None, typer.Option(help="A frame made by `frame import`, instead.")] = None,
    departement: Annotated[str | None, typer.Option(help="Only this département of the frame (`33`, `2A`).")] = None,
    synthetic: Annotated[int | None, typer.Option(min=1, help="Serve and audit a synthetic country.")] = None,
    showcase: Annotated[
        bool, typer.Option("--showcase", help="With --synthetic: every kind of site, not realistic shares.")
    ] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="Audit a proportional sample of this size.")] = None,
    sample_per_stratum: PerStratum = None,
    seed: Annotated[int, typer.Option(help="Seed of the order, the sample and the synthetic country.")] = 2018,
    campaign: Annotated[
        str | None, typer.Option(help="Name of the campaign; derived from the targets if unset.")
    ] = None,
    out: Out = Path("out"),
    concurrency: Concurrency = None,
    resolve: Resolve = None,
    dns_server: DnsServer = None,
    trusted_ca: TrustedCa = None,
    request_interval: Interval = None,
    wacz: Wacz = False,
    max_pages: MaxPages = None,
    metrics_port: MetricsPort = None,
    pdf: Pdf = False,
    verbose: Verbose = False,
) -> None:
    """Audit authorities and publish the study.

    Give one of --targets, --frame, --frame-file or --synthetic; everything runs in this process. Ctrl-C
    stops cleanly; the same command again goes on where it stopped and audits nothing twice.
    """
    selection = Selection(
        targets=targets,
        frame=frame,
        frame_file=frame_file,
        departement=departement,
        synthetic=synthetic,
        showcase=showcase,
        sample=sample,
        per_stratum=sample_per_stratum,
        wacz=wacz,
        max_pages=max_pages,
    )
    selection.check()
    name = check_campaign_name(campaign or selection.default_campaign())
    console = Console(soft_wrap=True)
    configure(out, verbose)
    workspace = open_workspace(out)
    with (
        metrics_of(workspace, metrics_port, console),
        country_of(workspace, synthetic, seed, showcase=showcase) as country,
    ):
        fetching = fetching_settings(country, resolve, dns_server, trusted_ca, request_interval)
        create_or_resume(workspace, name, selection, seed, country, console)
        if country is None and fetching.contact_url == FetcherSettings.model_fields["contact_url"].default:
            console.print("Set AUDIT_CONTACT_URL to a page about your audit: webmasters will see it.", style="yellow")
        finished = drain(workspace, name, fetching, concurrency, console)
        publish(workspace, name, console, synthetic=country is not None, pdf=pdf)
        if country is not None:
            console.print(check_against_truth(workspace.engine, name, country.truth, out / "truth-check.csv"))
    if not finished:
        console.print("Stopped. Run the same command again to go on.")
        raise typer.Exit(130)


def reaudit(
    codes: Annotated[list[str], typer.Argument(help="INSEE codes or SIREN; for the services also URLs of sites.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the request.")] = "",
    requested_by: Annotated[str, typer.Option(help="Who asks; kept with the request.")] = "",
    campaign: Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")] = None,
    out: Out = Path("out"),
    concurrency: Concurrency = None,
    resolve: Resolve = None,
    dns_server: DnsServer = None,
    trusted_ca: TrustedCa = None,
    request_interval: Interval = None,
    metrics_port: MetricsPort = None,
    verbose: Verbose = False,
) -> None:
    """Audit some authorities again, ahead of everything that waits, and print the request's id.

    With AUDIT_AMQP_URL or AUDIT_DATABASE_URL the services are asked to, and `request show ID` follows them.
    Otherwise they are audited here and now: they must be of a campaign of the folder, whose study is published
    again.
    """
    console = Console(soft_wrap=True)
    sent = send_request(codes, reason, requested_by, campaign)
    if sent is not None:
        console.print(f"Request {sent} was sent. Follow it: commune-audit request show {sent}", highlight=False)
        return
    configure(out, verbose)
    workspace = open_workspace(out)
    chosen = the_campaign(workspace, campaign)
    authorities = []
    for code in codes:
        authority = workspace.ledger.authority(chosen.name, code)
        if authority is None:
            raise BadInput(f"{code}: not in campaign {chosen.name!r}; `commune-audit run` audits new authorities")
        authorities.append(authority)
    made_with = json.loads(chosen.parameters)
    synthetic, showcase = made_with.get("synthetic"), bool(made_with.get("showcase"))
    with (
        metrics_of(workspace, metrics_port, console),
        country_of(workspace, synthetic, chosen.seed, showcase=showcase) as country,
    ):
        workspace.give_back(chosen.name)
        request_id = record_request(workspace, chosen.name, authorities, reason, requested_by)
        console.print(f"Request {request_id}", highlight=False)
        fetching = fetching_settings(country, resolve, dns_server, trusted_ca, request_interval)
        finished = drain(workspace, chosen.name, fetching, concurrency, console)
        publish(workspace, chosen.name, console, synthetic=synthetic is not None)
    if not finished:
        raise typer.Exit(130)
