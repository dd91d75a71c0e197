"""The command line with everything that observes it off: nothing is measured, no line is logged."""

import logging
from typing import Any

import structlog

from services.cli.__main__ import main
from services.runtime.metrics import record


def silence() -> None:
    """Measure nothing and log nothing from now on, whatever the program configures."""
    record(on=False)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    structlog.configure = _refuse
    logging.disable(logging.CRITICAL)


def _refuse(**_: Any) -> None:
    """Leave the loggers as they are."""


if __name__ == "__main__":
    silence()
    main()
