"""Runs one worker in this process, from its start to the signal that ends it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import dramatiq.worker
from dramatiq import Broker, Worker

from services.contracts.errors import BadInput
from services.runtime.broker import Draining, LoopResources, middleware_of
from services.runtime.logging import get_logger
from services.runtime.message_metrics import SLOTS
from services.runtime.rabbitmq import AuditBroker
from services.runtime.servers import Servers

_log = get_logger(__name__)
_POLL_SECONDS = 0.1
_IDLE_MS = 500
"""How often idle threads look whether they should stop; messages and acknowledgements wake them at once."""
_ONE_EVENT = 1.0
"""Signals this close together are one request to stop: the process group's and its leader's."""
_CLEANUP_SECONDS = 10.0
"""How long interrupted work may clean up, and again how long the resources may take to close."""


class _StopRequests:
    """What the signals asked for. ``hurry`` is a second, separate request."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.hurry = threading.Event()
        self._first = 0.0

    def take(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.stop.is_set():
            self._first = now
            self.stop.set()
        elif now - self._first > _ONE_EVENT:
            self.hurry.set()
        del number


@contextmanager
def _catching_signals(draining: Draining | None) -> Iterator[_StopRequests]:
    requests = _StopRequests()

    def take(number: int, frame: FrameType | None) -> None:
        requests.take(number, frame)
        if draining is not None:
            draining.begin()

    previous = {number: signal.signal(number, take) for number in (signal.SIGTERM, signal.SIGINT)}
    if draining is not None and draining.begun():
        requests.stop.set()
    try:
        yield requests
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def wait_for_servers(broker: AuditBroker) -> bool:
    """Return True once every server of the process answers, False when a signal asked it to stop before.

    From here on a signal drains. Call it from the main thread, before ``run_worker``. Raises BadInput for what an
    operator has to mend.
    """
    servers = middleware_of(broker, Servers)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: broker.draining.begin())
    return servers is None or servers.wait_for_all(lambda seconds: broker.draining.begun(within=seconds))


def run_worker(broker: Broker, threads: int, stop_grace: float) -> int:
    """Work until SIGTERM or SIGINT and return the exit code. Call it from the main thread, last.

    On a signal no new work is taken; running work has ``stop_grace`` seconds to finish and is otherwise
    interrupted and given back to its queue. A second signal ends the grace. The exit code is 0 unless the
    resources could not be opened (2 for something the operator has to mend, 1 otherwise) or not closed (1).
    """
    SLOTS.set(threads)
    if isinstance(broker, AuditBroker):
        broker.threads = threads
    resources, servers = middleware_of(broker, LoopResources), middleware_of(broker, Servers)
    with ExitStack() as during:
        requests = during.enter_context(_catching_signals(middleware_of(broker, Draining)))
        if servers is not None:
            during.enter_context(servers.watched())
        broker.emit_after("process_boot")
        # Publishing declares the queue, and dramatiq would consume it: only the queues of our actors are ours.
        own = {actor.queue_name for actor in broker.actors.values()}
        # How long to wait before the next connection is for the broker to say; dramatiq adds a fixed 3 seconds.
        dramatiq.worker.CONSUMER_RESTART_DELAY_SECS = _POLL_SECONDS
        worker = Worker(broker, queues=own, worker_threads=threads, worker_timeout=_IDLE_MS)
        worker.start()
        failure = resources.failure if resources is not None else None
        if failure is None:
            _log.info("worker started", threads=threads, queues=sorted(own))
            requests.stop.wait()
        else:
            _log.error("the worker could not start", exc_info=failure)
            requests.hurry.set()
        _stop(worker, requests, stop_grace)
        broker.close()
    if failure is None:
        return 0
    return 2 if isinstance(failure, BadInput) else 1


def _stop(worker: Worker, requests: _StopRequests, stop_grace: float) -> None:
    _log.info("stopping", grace=stop_grace)
    for thread in worker.workers:
        thread.stop()
    deadline = time.monotonic() + stop_grace
    while _busy(worker) and time.monotonic() < deadline and not requests.hurry.wait(_POLL_SECONDS):
        continue
    # Resources are closed by code that may hang; what is unacknowledged goes back by itself.
    last_net = threading.Timer(3 * _CLEANUP_SECONDS, _give_up)
    last_net.daemon = True
    last_net.start()
    if _busy(worker):
        _log.warning("work is interrupted and given back", messages=_busy(worker))
    worker.stop(timeout=int(_CLEANUP_SECONDS * 1000))
    last_net.cancel()
    _log.info("stopped")


def _busy(worker: Worker) -> int:
    return sum(thread.is_alive() for thread in worker.workers)


def _give_up() -> None:
    _log.error("the process did not stop in time and ends itself")
    os._exit(1)
