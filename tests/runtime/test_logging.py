"""Structured logs."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from services.contracts.errors import BadInput
from services.runtime.logging import configure_logging, get_logger
from services.runtime.settings import RuntimeSettings, read_settings


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        if handler not in handlers:
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_is_json_where_nobody_looks_and_carries_what_is_bound() -> None:
    stream = io.StringIO()
    configure_logging(RuntimeSettings(log_format="auto"), stream=stream)
    structlog.contextvars.bind_contextvars(audit="c/33001/1")
    get_logger("t").info("page read", bytes=12)
    line = json.loads(stream.getvalue())
    assert line["event"] == "page read"
    assert line["audit"] == "c/33001/1"
    assert line["bytes"] == 12
    assert line["level"] == "info"


def test_a_line_of_another_library_has_the_same_shape() -> None:
    stream = io.StringIO()
    configure_logging(RuntimeSettings(log_format="json"), stream=stream)
    logging.getLogger("somebody").warning("careful")
    assert json.loads(stream.getvalue())["event"] == "careful"


def test_a_person_reads_plain_text() -> None:
    stream = io.StringIO()
    configure_logging(RuntimeSettings(log_format="human"), stream=stream)
    get_logger("t").info("page read")
    assert "page read" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_file_keeps_what_the_stream_does_not_show(tmp_path: Path) -> None:
    stream = io.StringIO()
    configure_logging(RuntimeSettings(log_level="error"), stream=stream, file=tmp_path / "logs" / "audit.log")
    get_logger("t").info("page read")
    assert stream.getvalue() == ""
    assert json.loads((tmp_path / "logs" / "audit.log").read_text())["event"] == "page read"


def test_a_bad_setting_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_LOG_LEVEL", "loud")
    with pytest.raises(BadInput, match="AUDIT_LOG_LEVEL='loud'"):
        read_settings(RuntimeSettings)


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_LOG_LEVEL", "debug")
    assert read_settings(RuntimeSettings, log_level="error").log_level == "error"
    assert read_settings(RuntimeSettings, log_level=None).log_level == "debug"
