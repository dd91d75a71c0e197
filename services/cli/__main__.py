"""The ``commune-audit`` command."""

import sys

from services.cli import service_commands
from services.contracts.errors import AuditError, BadInput


def main() -> None:
    """Run the command line. Bad input is one line on standard error and exit code 2."""
    try:
        code = _run(sys.argv[1:])
    except BadInput as error:
        code = _complain(str(error), 2)
    except AuditError as error:
        code = _complain(str(error), 1)
    except KeyboardInterrupt:
        code = _complain("interrupted", 130)
    sys.exit(code)


def _run(words: list[str]) -> int:
    # A service starts without the rest of the program: each replica would pay for it in memory and processor time,
    # and an image holds only what its service needs.
    for service in service_commands.SERVICES:
        if words == [service.__name__]:
            return service_commands.start(service.__name__)
    from services.cli import commands  # noqa: PLC0415  # see above

    return commands.run()


def _complain(message: str, code: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"commune-audit: {line}\n")
    return code


if __name__ == "__main__":
    main()
