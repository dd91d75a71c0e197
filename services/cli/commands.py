"""Every command of ``commune-audit``."""

import typer

from services.cli import (
    accuracy_commands,
    artefact_commands,
    campaign_commands,
    canary_command,
    change_commands,
    database_commands,
    dead_letter_commands,
    frame_commands,
    host_commands,
    indicator_commands,
    provider_commands,
    release_commands,
    request_commands,
    run_command,
    service_commands,
    simulate_command,
    top_command,
    verdict_commands,
)
from services.contracts.errors import BadInput

app = typer.Typer(
    name="commune-audit",
    help=(
        "Audit the web sites of French local authorities: capture, verdicts with evidence, statistics.\n\n"
        "Start with `commune-audit run --synthetic 60`, then `commune-audit show CODE` and "
        "`commune-audit explain CODE INDICATOR`. Every setting can also be given as AUDIT_<NAME> in the "
        "environment."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run_command.run)
app.command("reaudit")(run_command.reaudit)
app.command("show")(verdict_commands.show)
app.command("explain")(verdict_commands.explain)
app.command("reanalyse")(change_commands.reanalyse)
app.command("diff")(change_commands.diff)
app.command("simulate")(simulate_command.simulate)
app.command("top")(top_command.show_top)
app.command("canary")(canary_command.canary)
app.add_typer(campaign_commands.app, name="campaign", help="Plan campaigns and see where they stand.")
app.add_typer(request_commands.app, name="request", help="Requests for re-audits: what became of them.")
app.add_typer(host_commands.optouts, name="optout", help="Hosts whose owners asked not to be visited.")
app.add_typer(host_commands.groups, name="hosts", help="Host groups that an operator holds back.")
app.add_typer(indicator_commands.app, name="indicators", help="What is judged, and after which rule.")
app.add_typer(provider_commands.app, name="providers", help="Platforms that sites lead to, and those unknown yet.")
app.add_typer(release_commands.app, name="release", help="Freeze what is published, and check it.")
app.add_typer(accuracy_commands.app, name="accuracy", help="Check verdicts against what people saw.")
app.add_typer(frame_commands.app, name="frame", help="Which authorities exist, and their sites.")
app.add_typer(artefact_commands.app, name="artefacts", help="Check and sweep what was captured.")
app.add_typer(database_commands.app, name="database", help="Version of the database's schema.")
app.add_typer(
    dead_letter_commands.app, name="dead-letters", help="Messages that no service could handle: look, retry, discard."
)
for service in service_commands.SERVICES:
    app.command()(service)


def run() -> int:
    """Run the command line and return the exit code. Raises AuditError, KeyboardInterrupt."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        raise BadInput(error.format_message()) from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except typer.Exit as error:
        code = error.exit_code
    return code if isinstance(code, int) else 0
