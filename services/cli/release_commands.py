"""``commune-audit release``: freeze what is published, check it, compare two of them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from services.aggregator.release import build_release, differences, verify
from services.cli.options import Out
from services.contracts.errors import BadInput

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Release = Annotated[Path, typer.Argument(help="Folder of a release.")]


@app.command()
def build(
    target: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    force: Annotated[str | None, typer.Option(help="Why to release it although the gate is closed.")] = None,
    out: Out = Path("out"),
) -> None:
    """Freeze what a folder publishes as a release that never changes.

    Refused where authorities were lost, or more than 5 % of a stratum are undetermined.
    """
    manifest = build_release(out, target, force=force)
    size = sum(file.bytes for file in manifest.files) / 1e6
    typer.echo(f"{target}: {len(manifest.files)} files, {size:.1f} MB, rules {manifest.rule_set}")
    if manifest.gate.forced:
        typer.echo(f"Forced: {manifest.gate.forced}", err=True)
    typer.echo(f"Anyone can check it: cd {target} && sha256sum --check SHA256SUMS")


@app.command("verify")
def verify_release(release: Release) -> None:
    """Check every file of a release against its manifest."""
    broken = verify(release)
    if broken:
        raise BadInput(f"{release}: missing or changed: {', '.join(broken[:10])}")
    typer.echo(f"{release}: every file is what its manifest says")


@app.command()
def diff(
    before: Release,
    after: Release,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which files differ between two releases; `commune-audit diff` compares their verdicts."""
    found = differences(before, after)
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for path, how in found.items():
        typer.echo(f"{how:<8} {path}")
    typer.echo(f"{len(found)} files differ")
