"""Worker processes on a real RabbitMQ node: killed, signalled, restarted; nothing is lost, done twice or blamed."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import queues
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.broker import MAX_BACKOFF_MS, TIME_LIMIT_MS
from tests.runtime.worker_site import Bench, open_bench
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]

URGENT, POISON, DELAYED, LATER, SHORT, LONG = "33901", "33902", "33903", "33904", "33905", "33906"
HEALTHY = [f"3380{number}" for number in range(5)]


@pytest.fixture
def bench(amqp_url: str, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(amqp_url, tmp_path) as bench:
        yield bench


def test_urgent_work_overtakes_everything_that_waits(bench: Bench) -> None:
    for number in range(20):
        bench.publish(f"{number:05}", "sleep 0.1")
    bench.worker()
    bench.wait_for(lambda: len(bench.events("start")) >= 2)
    started = len(bench.events("start"))
    bench.publish(URGENT, "work", Priority.ON_DEMAND)
    bench.wait_for(lambda: URGENT in bench.count("start"))
    order = [event.code for event in bench.events("start")]
    assert order.index(URGENT) <= started + 1


def test_each_thread_has_one_message_and_none_waits_in_memory(bench: Bench) -> None:
    for number in range(9):
        bench.publish(f"{number:05}", "sleep 30")
    bench.worker(threads=3, grace=0)
    bench.wait_for(lambda: len(bench.events("start")) == 3)
    assert bench.waiting() == (6, 0, 0)


def test_a_message_that_kills_its_worker_is_fenced_after_three_attempts(bench: Bench) -> None:
    # Its neighbours die with it, in the threads beside it: they must not be taken for killers.
    bench.publish(HEALTHY[0], "sleep 0.1")
    bench.publish(POISON, "kill")
    for code in HEALTHY[1:]:
        bench.publish(code, "sleep 0.1")
    deaths, closed = 0, 0
    while not closed:
        process = bench.worker(threads=3)
        bench.wait_for(lambda process=process: process.poll() is not None or bench.waiting(queues.LEDGER)[0])
        deaths += process.poll() == -signal.SIGKILL
        closed = bench.waiting(queues.LEDGER)[0]
    bench.wait_for(lambda: set(bench.count("end")) == set(HEALTHY))
    bench.wait_for(lambda: bench.waiting(queues.ANALYZE)[0] >= len(HEALTHY))
    (fenced,) = bench.closed()
    assert (fenced.audit.code, fenced.unmeasured) == (POISON, Reason.POISON)
    assert deaths == bench.count("start")[POISON] == 3
    assert bench.captured() == set(HEALTHY)
    assert bench.waiting() == (0, 0, 0)


def test_restarts_never_dead_letter_a_message_that_only_waited_or_was_delayed(bench: Bench) -> None:
    bench.publish(DELAYED, "fail")
    first = bench.worker(grace=0, backoff=60_000)
    bench.wait_for(lambda: bench.count("start")[DELAYED] == 1)
    for number in range(5):
        bench.publish(f"{number:05}", "sleep 60")
    bench.wait_for(lambda: len(bench.events("start")) == 2)
    os.killpg(first.pid, signal.SIGTERM)
    assert first.wait(20) == 0
    for _ in range(6):
        before = len(bench.events("start"))
        worker = bench.worker(grace=0, backoff=60_000)
        bench.wait_for(lambda before=before: len(bench.events("start")) > before)
        worker.terminate()
        assert worker.wait(20) == 0
    assert bench.waiting() == (5, 1, 0)
    assert bench.closed() == []


@pytest.mark.parametrize("how", ["once", "twice", "again later", "group"])
def test_a_signal_ends_the_process_cleanly_and_is_no_failure_of_the_site(bench: Bench, how: str) -> None:
    bench.publish("00001", "look 30")
    worker = bench.worker(grace=1 if how != "again later" else 60)
    bench.wait_for(lambda: bench.count("start")["00001"] == 1)
    asked = time.monotonic()
    if how == "group":
        os.killpg(worker.pid, signal.SIGTERM)
    else:
        worker.terminate()
    if how == "twice":
        worker.terminate()
    if how == "again later":
        time.sleep(1.1)
        worker.terminate()
    assert worker.wait(15) == 0
    assert time.monotonic() - asked < 8
    assert bench.waiting() == (1, 0, 0)
    assert bench.closed() == []
    assert bench.count("end")["00001"] == 0


def test_running_work_finishes_within_the_grace_and_no_new_work_is_taken(bench: Bench) -> None:
    bench.publish("00001", "sleep 1.5")
    bench.publish("00002", "work")
    worker = bench.worker(grace=20)
    bench.wait_for(lambda: bench.count("start")["00001"] == 1)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(10) == 0
    assert bench.count("start") == {"00001": 1}
    assert bench.captured() == {"00001"}
    assert bench.waiting() == (1, 0, 0)


def test_work_that_is_given_back_does_not_count_as_an_attempt(bench: Bench) -> None:
    bench.publish("00001", "sleep 60")
    for attempt in range(1, 6):
        worker = bench.worker(grace=0)
        bench.wait_for(lambda attempt=attempt: bench.count("start")["00001"] == attempt)
        worker.terminate()
        assert worker.wait(15) == 0
    assert bench.waiting() == (1, 0, 0)
    assert bench.closed() == []


def test_a_process_whose_browser_cannot_start_says_so_and_takes_nothing(bench: Bench) -> None:
    bench.publish("00001")
    assert bench.worker("no-browser").wait(15) == 2
    assert bench.waiting() == (1, 0, 0)


def test_a_broker_that_dies_and_comes_back_loses_nothing_and_workers_wait_for_it(
    private_rabbitmq: RabbitmqServer,
    tmp_path: Path,
) -> None:
    with open_bench(private_rabbitmq.new_virtual_host(), tmp_path) as bench:
        codes = {f"{number:05}" for number in range(30)}
        for code in sorted(codes):
            bench.publish(code, "sleep 0.2")
        worker = bench.worker(threads=2)
        bench.wait_for(lambda: len(bench.events("end")) >= 4)
        private_rabbitmq.kill()
        early = bench.worker()
        private_rabbitmq.start()
        bench.publish(LATER)
        bench.wait_for(lambda: set(bench.count("end")) == codes | {LATER}, 40)
        for process in (worker, early):
            process.terminate()
            assert process.wait(15) == 0
        assert {event.process for event in bench.events("end")} == {worker.pid, early.pid}
        assert bench.captured() == codes | {LATER}
        assert bench.closed() == []
        assert bench.waiting() == (0, 0, 0)


def test_a_job_that_the_server_delivers_again_never_runs_twice_at_once(
    private_rabbitmq: RabbitmqServer, tmp_path: Path
) -> None:
    private_rabbitmq.set_consumer_timeout(3_000)
    try:
        with open_bench(private_rabbitmq.new_virtual_host(), tmp_path) as bench:
            bench.publish(SHORT, "sleep 1")
            worker = bench.worker(threads=2, grace=0)
            bench.wait_for(lambda: bench.count("end")[SHORT] == 1)
            bench.publish(LONG, "sleep 6")
            # The server cuts the consumer, which comes back and gets the same message again.
            bench.wait_for(lambda: bench.count("start")[LONG] == 2)
            worker.terminate()
            assert worker.wait(15) == 0
            first_end = next(event.at for event in bench.events("end") if event.code == LONG)
            starts = [event.at for event in bench.events("start") if event.code == LONG]
            assert starts[1] >= first_end
            assert bench.count("start")[SHORT] == 1
    finally:
        private_rabbitmq.set_consumer_timeout(1_800_000)


def test_the_budget_of_a_job_is_far_below_what_the_server_waits_for_an_acknowledgement() -> None:
    server_default_ms = 30 * 60 * 1000
    assert server_default_ms > TIME_LIMIT_MS * 5
    assert server_default_ms > MAX_BACKOFF_MS * 5
