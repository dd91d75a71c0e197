"""The ``commune-audit`` command."""

import sys

import typer

from services.cli import (
    artefact_commands,
    campaign_commands,
    database_commands,
    dead_letter_commands,
    frame_commands,
    host_commands,
    run_command,
    service_commands,
    simulate_command,
    verdict_commands,
)
from services.contracts.errors import AuditError, BadInput

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
app.command("reanalyze")(verdict_commands.reanalyze)
app.command("simulate")(simulate_command.simulate)
app.add_typer(campaign_commands.app, name="campaign", help="Plan campaigns and see where they stand.")
app.add_typer(host_commands.optouts, name="optout", help="Hosts whose owners asked not to be visited.")
app.add_typer(host_commands.groups, name="hosts", help="Host groups that an operator holds back.")
app.add_typer(frame_commands.app, name="frame", help="Which authorities exist, and their sites.")


app.add_typer(artefact_commands.app, name="artefacts", help="Check and sweep what was captured.")
app.add_typer(database_commands.app, name="database", help="Version of the database's schema.")
app.add_typer(
    dead_letter_commands.app, name="dead-letters", help="Messages that no service could handle: look, retry, discard."
)
for service in (
    service_commands.scheduler,
    service_commands.fetcher,
    service_commands.analyzer,
    service_commands.aggregator,
):
    app.command()(service)


def main() -> None:
    """Run the command line. Bad input is one line on standard error and exit code 2."""
    try:
        code = app(standalone_mode=False)
    except BadInput as error:
        code = _complain(str(error), 2)
    except AuditError as error:
        code = _complain(str(error), 1)
    except typer.TyperException as error:
        code = _complain(error.format_message(), 2)
    except typer.Exit as error:
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = _complain("interrupted", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str, code: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"commune-audit: {line}\n")
    return code


if __name__ == "__main__":
    main()
