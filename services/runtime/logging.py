"""Structured logs: one event a line, the audit bound on each, human-readable on a terminal."""

import logging
import sys
from pathlib import Path
from typing import TextIO

import structlog
from structlog.types import Processor

from services.runtime.redaction import redact
from services.runtime.settings import RuntimeSettings

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
# The edge logs every failure itself, once; dramatiq would repeat it.
_LEAST = {"dramatiq": logging.CRITICAL} | dict.fromkeys(
    ("pika", "asyncio", "httpx", "httpcore", "urllib3", "aiohttp"), logging.WARNING
)


def configure_logging(settings: RuntimeSettings, *, stream: TextIO | None = None, file: Path | None = None) -> None:
    """Send logs to a stream (standard error by default) and, as JSON, to a file when one is given.

    Lines from the standard library's loggers take the same shape, and all are redacted. Calling again replaces the
    set-up.
    """
    stream = stream or sys.stderr
    human = settings.log_format == "human" or (settings.log_format == "auto" and stream.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handlers: list[logging.Handler] = [_handler(logging.StreamHandler(stream), human=human, level=level)]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_handler(logging.FileHandler(file, encoding="utf-8"), human=False, level=logging.INFO))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(min(handler.level for handler in handlers))
    for name, least in _LEAST.items():
        logging.getLogger(name).setLevel(least)
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _handler(handler: logging.Handler, *, human: bool, level: int) -> logging.Handler:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    tail: tuple[Processor, ...] = (structlog.processors.format_exc_info, redact, renderer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=(structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail),
        )
    )
    handler.setLevel(level)
    return handler


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger; what is bound in the context is on each of its lines."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
