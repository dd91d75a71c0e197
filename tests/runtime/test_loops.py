"""Work beside the messages."""

import threading

import structlog

from services.contracts.errors import DatabaseUnavailable
from services.runtime.loops import Repeatedly, running


def test_what_fails_is_said_and_done_again_the_next_time() -> None:
    failures: list[Exception] = [DatabaseUnavailable("away"), ZeroDivisionError()]
    done, ended = threading.Event(), list[str]()

    def do() -> None:
        if failures:
            raise failures.pop(0)
        done.set()

    loop = Repeatedly("figures", do, seconds=0.01)
    with structlog.testing.capture_logs() as lines, running("figures", loop, on_defect=lambda: ended.append("defect")):
        assert done.wait(30)
    assert [line["log_level"] for line in lines] == ["warning", "error"]
    assert ended == []
