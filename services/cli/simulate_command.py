"""``commune-audit simulate``: serve a synthetic country until told to stop."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from services.cli.serving import audit_command, serve_hostile, stop_event
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.targets import read_targets
from services.simulator.country import Country, build_country
from services.simulator.export import write_connection, write_targets, write_truth
from services.simulator.selection import choose_authorities
from services.simulator.server import ServedCountry, serve
from services.simulator.showcase import build_showcase


def simulate(
    size: Annotated[int, typer.Option(min=1, help="Authorities of the country.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 7,
    out: Annotated[Path, typer.Option(help="Folder for targets.csv, truth.json, ca.pem and connection.json.")] = Path(
        "synthetic"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the sites; 0 takes a free one.")] = 0,
    authorities_from: Annotated[
        Path | None, typer.Option(help="CSV of the authorities to invent sites for, instead of a draw.")
    ] = None,
    showcase: Annotated[
        bool, typer.Option("--showcase", help="Go through every kind of site instead of drawing it.")
    ] = False,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="Serve the hostile corpus instead: sites that attack their auditor.")
    ] = False,
) -> None:
    """Serve a synthetic country until Ctrl-C.

    Fake authority web sites with known truth answer on loopback.

    The authorities are real, the sites invented: the same for the same seed. connection.json appears when
    everything answers.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "connection.json").unlink(missing_ok=True)
    if hostile:
        _run(serve_hostile(out, port), port)
        return
    authorities = _authorities(authorities_from, size, seed)
    country = build_showcase(authorities, seed) if showcase else build_country(authorities, seed)
    write_targets(country, out / "targets.csv")
    write_truth(country, out / "truth.json")
    _run(_serve(country, out, port), port)


def _run(serving: Coroutine[None, None, None], port: int) -> None:
    try:
        asyncio.run(serving)
    except OSError as error:
        raise BadInput(f"--port {port}: {error.strerror or error}") from error


def _authorities(path: Path | None, size: int, seed: int) -> tuple[Authority, ...]:
    national = load_national_frame()
    if path is None:
        return choose_authorities(national.authorities.values(), size, seed)
    if not path.is_file():
        raise BadInput(f"--authorities-from {path}: no such file")
    found = tuple(read_targets(path, national).authorities)[:size]
    if not found:
        raise BadInput(f"--authorities-from {path}: no usable row")
    return found


async def _serve(country: Country, out: Path, port: int) -> None:
    stop = stop_event()
    async with serve(country, port=port) as served:
        (out / "ca.pem").write_bytes(served.ca_pem)
        write_connection(served, out / "connection.json")
        typer.echo(_how_to(country, served, out))
        await stop.wait()
    (out / "connection.json").unlink(missing_ok=True)


def _how_to(country: Country, served: ServedCountry, out: Path) -> str:
    """Return what to type to audit the country."""
    command = audit_command(out, f"{served.address}:{served.dns_port}", served.resolve_rules)
    return (
        f"A synthetic country of {len(country.sites)} authorities answers on {served.address}:{served.port} "
        f"(HTTP and HTTPS), its names on port {served.dns_port}.\n"
        f"What is true of each site: {out / 'truth.json'}\n\nTo audit it:\n\n{command}\n\n"
        "Ctrl-C stops it."
    )
