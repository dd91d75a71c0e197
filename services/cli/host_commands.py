"""``commune-audit optout`` and ``hosts``: whom not to visit, for good or for now."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from services.cli.display import wide_console
from services.cli.options import Out
from services.cli.workspace import open_workspace
from services.contracts.errors import BadInput
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.domain.host_rules import RuleKind, make_rule, rule_host

optouts = typer.Typer(no_args_is_help=True)
groups = typer.Typer(no_args_is_help=True)

Why = Annotated[str, typer.Option("--reason", help="Who asked, and why.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@optouts.command("add")
def opt_out(
    host: Annotated[str, typer.Argument(help="Host or URL; what is below it is meant too.")],
    reason: Why,
    out: Out = Path("out"),
) -> None:
    """Never visit a host again, nor anything below it.

    Its audits are unmeasured (opted_out), and no page of another site makes us request anything there.
    """
    wide_console().print(
        f"{_add(RuleKind.OPTED_OUT, host, reason, out)} is not visited any more.", highlight=False, markup=False
    )


@optouts.command("remove")
def opt_in(host: Annotated[str, typer.Argument(help="Host or URL.")], out: Out = Path("out")) -> None:
    """Visit a host again from the next audit on."""
    typer.echo(f"{_remove(RuleKind.OPTED_OUT, host, out)} is visited again.")


@groups.command("stop")
def stop(
    group: Annotated[str, typer.Argument(help="Host group as `campaign create --dry-run` shows it, or a URL in it.")],
    reason: Why,
    out: Out = Path("out"),
) -> None:
    """Release no audit of a host group until `hosts resume`; what is in hand finishes."""
    typer.echo(f"{_add(RuleKind.STOPPED, group, reason, out)} is held back.")


@groups.command("resume")
def resume(group: Annotated[str, typer.Argument(help="Host group, or a URL in it.")], out: Out = Path("out")) -> None:
    """Release the audits of a stopped host group again."""
    typer.echo(f"{_remove(RuleKind.STOPPED, group, out)} goes on.")


def _lister(kind: RuleKind) -> Callable[[Path, bool], None]:
    def show(out: Out = Path("out"), as_json: AsJson = False) -> None:
        rules = SqlHostRules(open_workspace(out).engine).rules(kind)
        if as_json:
            wide_console().out(
                json.dumps([rule.model_dump(mode="json") for rule in rules], indent=2, ensure_ascii=False),
                highlight=False,
            )
            return
        table = Table("host", "since", "reason", box=SIMPLE_HEAD, pad_edge=False)
        for rule in rules:
            table.add_row(rule.host, f"{rule.added_at:%Y-%m-%d %H:%M}", rule.reason)
        wide_console().print(table, markup=False)

    return show


optouts.command("list", help="List the hosts that are not visited, with the reasons.")(_lister(RuleKind.OPTED_OUT))
groups.command("list", help="List the host groups that are held back, with the reasons.")(_lister(RuleKind.STOPPED))


def _add(kind: RuleKind, text: str, reason: str, out: Path) -> str:
    workspace = open_workspace(out)
    rule = make_rule(kind, text, reason, workspace.clock.now())
    SqlHostRules(workspace.engine).add(rule)
    return rule.host


def _remove(kind: RuleKind, text: str, out: Path) -> str:
    host = rule_host(kind, text)
    if not SqlHostRules(open_workspace(out).engine).remove(kind, host):
        raise BadInput(f"{host} is not among them: `list` shows those that are")
    return host
