"""Every command of ``commune-audit``, by the module that has it: only the one that is called for is imported."""

import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

import typer

from services.cli import service_commands
from services.contracts.errors import BadInput

_HELP = (
    "Audit the web sites of French local authorities: capture, verdicts with evidence, statistics.\n\n"
    "Start with `commune-audit run --synthetic 60`, then `commune-audit show CODE` and "
    "`commune-audit explain CODE INDICATOR`. Every setting can also be given as AUDIT_<NAME> in the "
    "environment."
)


class _Command(NamedTuple):
    """Where a command is; ``help`` is given for a group of commands."""

    name: str
    module: str
    attribute: str
    help: str | None = None


_COMMANDS = (
    _Command("run", "run_command", "run"),
    _Command("reaudit", "run_command", "reaudit"),
    _Command("show", "verdict_commands", "show"),
    _Command("explain", "verdict_commands", "explain"),
    _Command("reanalyse", "change_commands", "reanalyse"),
    _Command("diff", "change_commands", "diff"),
    _Command("simulate", "simulate_command", "simulate"),
    _Command("top", "top_command", "show_top"),
    _Command("canary", "canary_command", "canary"),
    _Command("campaign", "campaign_commands", "app", "Plan campaigns and see where they stand."),
    _Command("request", "request_commands", "app", "Requests for re-audits: what became of them."),
    _Command("optout", "host_commands", "optouts", "Hosts whose owners asked not to be visited."),
    _Command("hosts", "host_commands", "groups", "Host groups that an operator holds back."),
    _Command("indicators", "indicator_commands", "app", "What is judged, and after which rule."),
    _Command("providers", "provider_commands", "app", "Platforms that sites lead to, and those unknown yet."),
    _Command("release", "release_commands", "app", "Freeze what is published, and check it."),
    _Command("accuracy", "accuracy_commands", "app", "Check verdicts against what people saw."),
    _Command("frame", "frame_commands", "app", "Which authorities exist, and their sites."),
    _Command("artefacts", "artefact_commands", "app", "Check and sweep what was captured."),
    _Command("database", "database_commands", "app", "Version of the database's schema."),
    _Command(
        "dead-letters",
        "dead_letter_commands",
        "app",
        "Messages that no service could handle: look, retry, discard.",
    ),
)


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """Return the command line: all of it, or what the command that some words call for needs."""
    app = typer.Typer(
        name="commune-audit",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # With a callback even one command alone is called by its name.
    app.callback(help=_HELP)(_nothing)
    called = [command for command in _COMMANDS if command.name == next(iter(words), None)]
    for command in called or _COMMANDS:
        found = getattr(importlib.import_module(f"services.cli.{command.module}"), command.attribute)
        if command.help is None:
            app.command(command.name)(found)
        else:
            app.add_typer(found, name=command.name, help=command.help)
    for service in service_commands.SERVICES:
        app.command()(service)
    return app


def run() -> int:
    """Run the command line and return the exit code. Raises AuditError, KeyboardInterrupt."""
    try:
        code = build_app(sys.argv[1:])(standalone_mode=False)
    except typer.TyperException as error:
        raise BadInput(error.format_message()) from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except typer.Exit as error:
        code = error.exit_code
    return code if isinstance(code, int) else 0


def _nothing() -> None:
    return None
