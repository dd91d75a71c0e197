"""No credential, no personal data and no text without end gets into a log."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.logging import configure_logging, get_logger
from services.runtime.redaction import MAX_TRACE, MAX_VALUE, redact
from services.runtime.settings import RuntimeSettings


@pytest.fixture
def stream(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(RuntimeSettings(log_format=getattr(request, "param", "json")), stream=stream)
    yield stream
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def cleaned(**event: object) -> dict[str, object]:
    return dict(redact(None, "info", event))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("amqp://audit:pa55-w0rd@broker:5672/", "pa55-w0rd"),
        ("could not connect to postgresql://audit:hunter2@db/audit?sslmode=require", "hunter2"),
        ("https://someone:else@www.ville.fr/", "someone"),
        ("Authorization: Basic YXVkaXQ6c2VjcmV0", "YXVkaXQ6c2VjcmV0"),
        ("bearer eyJhbGciOiJIUzI1NiJ9.e30.abc", "eyJhbGciOiJIUzI1NiJ9"),
        ("password=correct-horse sslmode=require", "correct-horse"),
        ("écrire à mairie.dupont@ville-exemple.fr avant lundi", "dupont"),
        ("tél. 05 56 12 34 56", "12 34"),
        ("+33 6.12.34.56.78", "12.34"),
        ("0612345678", "0612345678"),
    ],
)
def test_credentials_and_personal_data_are_hidden(said: str, hidden: str) -> None:
    assert hidden not in str(cleaned(error=said)["error"])
    assert hidden not in str(cleaned(exception=said)["exception"])
    assert hidden not in str(cleaned(parts=[said, {"deep": said}]))
    assert hidden not in str(cleaned(error=ValueError(said)))


@pytest.mark.parametrize("name", ["password", "amqp_password", "Authorization", "cookies", "api_key", "access_token"])
def test_what_is_named_a_secret_is_hidden_whatever_it_is(name: str) -> None:
    assert cleaned(**{name: "x"}) == {name: "***"}


@pytest.mark.parametrize(
    "said",
    [
        "nov-2026/33243/1",
        "https://www.ville.fr/contact?page=2",
        "sha 0123456789abcdef0123456789",
        "2026-11-25T07:40:11Z",
    ],
)
def test_what_is_needed_to_follow_an_audit_stays(said: str) -> None:
    assert cleaned(value=said, bytes=12, none=None) == {"value": said, "bytes": 12, "none": None}


@given(st.text(max_size=3_000), st.sampled_from(["event", "error", "exception"]))
def test_a_line_is_bounded_and_one_line(text: str, key: str) -> None:
    value = str(cleaned(**{key: text})[key])
    assert len(value) <= (MAX_TRACE if key == "exception" else MAX_VALUE * 2) + 1
    assert "\x1b" not in value
    assert key == "exception" or "\n" not in value


@pytest.mark.parametrize("stream", ["json", "human"], indirect=True)
def test_an_error_of_another_library_is_redacted_on_its_way(stream: io.StringIO) -> None:
    def connect() -> None:
        raise ConnectionError("amqp://audit:hunter2@broker/ refused\x1b[31m")

    try:
        connect()
    except ConnectionError:
        logging.getLogger("pika").exception("to amqp://audit:hunter2@broker/")
        get_logger("t").warning("message failed", error="postgresql://a:hunter2@db/", exc_info=True)
    text = stream.getvalue()
    assert text.count("ConnectionError") >= 2
    assert "hunter2" not in text
    assert "refused\x1b" not in text


def test_a_hostile_value_cannot_forge_a_line(stream: io.StringIO) -> None:
    get_logger("t").info("page read", title='x\n{"event": "audit closed"}')
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "page read"
