"""``commune-audit providers``: the platforms that sites lead to, and the domains that no table knows yet."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.progress import track
from rich.table import Table

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.analyzer.demarches.unmatched import Example, tally, unknown_domains
from services.analyzer.loading import load_site
from services.cli.display import wide_console
from services.cli.options import Out
from services.cli.workspace import Workspace, existing_workspace, the_campaign
from services.runtime.retention import read_manifest

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def providers() -> None:
    """Look after the tables of platforms."""


@app.command()
def unmatched(
    min_sites: Annotated[int, typer.Option(min=1, help="Sites that must link to a domain.")] = 10,
    campaign: Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")] = None,
    out: Out = Path("out"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the domains that many sites link to and no table knows, with examples.

    Reads the stored captures of a campaign: nothing is fetched.
    """
    workspace = existing_workspace(out)
    chosen = the_campaign(workspace, campaign)
    found = tally(_domains(workspace, chosen.name), least=min_sites)
    if as_json:
        rows = [
            {
                "domain": entry.domain,
                "sites": entry.sites,
                "examples": [{"code": e.code, "url": e.url, "label": e.label} for e in entry.examples],
            }
            for entry in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table("domain", "sites", "label", "example", box=box.SIMPLE_HEAD)
    for entry in found:
        first = entry.examples[0]
        table.add_row(entry.domain, str(entry.sites), first.label[:40], first.url[:80])
    console = wide_console()
    console.print(table, markup=False)
    console.print(f"{len(found)} domains linked from at least {min_sites} sites", highlight=False)


def _domains(workspace: Workspace, campaign: str) -> Iterator[Mapping[str, Example]]:
    manifests = SqlVerdictStore(workspace.engine).manifests(campaign)
    console = wide_console()
    for _, key in track(manifests, description="Reading captures", console=console, disable=not console.is_terminal):
        if workspace.store.exists(key):
            yield unknown_domains(load_site(read_manifest(workspace.store, key), workspace.store))
