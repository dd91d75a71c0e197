"""What both kinds of simulation share, and the serving of the hostile corpus."""

import asyncio
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path

import typer

from services.simulator.hostile.cases import load_cases
from services.simulator.hostile.export import (
    ending_of,
    write_asked,
    write_endings,
    write_hostile_connection,
    write_hostile_targets,
)
from services.simulator.hostile.server import serve_corpus
from services.simulator.listening import ADDRESS


def stop_event() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def audit_command(out: Path, dns_server: str, resolve_rules: Sequence[str]) -> str:
    """Return what to type to audit what is being served."""
    options = [
        ("--targets", out / "targets.csv"),
        ("--dns-server", dns_server),
        ("--trusted-ca", out / "ca.pem"),
        *(("--resolve", rule) for rule in resolve_rules),
        ("--request-interval", "0.05"),
        ("--out", out.with_name(f"{out.name}-audit")),
    ]
    shown = " \\\n    ".join(f"{name} {shlex.quote(str(value))}" for name, value in options)
    return f"  commune-audit run \\\n    {shown}"


async def serve_hostile(out: Path, port: int) -> None:
    """Serve the hostile corpus until told to stop; leave behind what each case was asked for."""
    stop = stop_event()
    write_hostile_targets(out / "targets.csv")
    write_endings(out / "endings.json")
    async with serve_corpus(port=port) as served:
        (out / "ca.pem").write_bytes(served.ca_pem)
        write_hostile_connection(served, out / "connection.json")
        for case in load_cases():
            typer.echo(f"{case.name:24} {case.attack}\n{'':24} must end: {ending_of(case)}")
        typer.echo(
            f"\n{len(load_cases())} hostile sites answer on {ADDRESS}:{served.port} (HTTP and HTTPS), their names on "
            f"port {served.dns_port}.\nHow each audit must end: {out / 'endings.json'}\n\nTo audit them:\n\n"
            f"{audit_command(out, f'{ADDRESS}:{served.dns_port}', served.resolve_rules)}\n\nCtrl-C stops it."
        )
        await stop.wait()
        write_asked(served.tallies, out / "asked.json")
    (out / "connection.json").unlink(missing_ok=True)
