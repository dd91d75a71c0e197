"""All four services in one process: the embedded way to run, over the same actors and handlers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dramatiq import Worker

from services.aggregator import actors as aggregator_actors
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.handlers import RecordVerdicts
from services.analyzer import actors as analyzer_actors
from services.analyzer.handlers import AnalyzeSite
from services.cli.workspace import Workspace
from services.contracts import queues
from services.fetcher import actors as fetcher_actors
from services.fetcher.on_loop import FetchOnLoop
from services.fetcher.settings import FetcherSettings
from services.runtime.broker import BrokerPublisher, LoopResources, open_embedded_broker
from services.runtime.message_metrics import SLOTS
from services.runtime.tracing import traced
from services.scheduler import actors as scheduler_actors
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.domain.conservation import Progress
from services.scheduler.handlers import CloseAudit, Dispatcher
from services.scheduler.metrics import LAST_SUCCESS, Job
from services.scheduler.settings import SchedulerSettings

_TICK_SECONDS = 0.2
_RECONCILE_TICKS = 50


class Pipeline:
    """A running pipeline over a workspace."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher

    def drain(self, campaign: str, *, stop: threading.Event, show: Callable[[Progress], None]) -> Progress:
        """Work until every audit is closed, or nothing is in flight and ``stop`` is set or only due times are left."""
        ticks = 0
        while True:
            if not stop.is_set():
                self._dispatcher.tick(campaign)
                LAST_SUCCESS.set(self._workspace.clock.now().timestamp(), job_name=Job.RELEASE)
            progress = self._workspace.ledger.progress(campaign)
            show(progress)
            if progress.finished or (progress.in_flight == 0 and (stop.is_set() or self._idle(campaign))):
                return progress
            ticks += 1
            if ticks % _RECONCILE_TICKS == 0:
                self._dispatcher.reconcile(campaign)
                LAST_SUCCESS.set(self._workspace.clock.now().timestamp(), job_name=Job.RECONCILE)
            stop.wait(_TICK_SECONDS) if not stop.is_set() else threading.Event().wait(_TICK_SECONDS)

    def _idle(self, campaign: str) -> bool:
        return self._workspace.ledger.idle_until(campaign, self._workspace.clock.now()) is not None


@contextmanager
def open_pipeline(workspace: Workspace, fetching: FetcherSettings, releasing: SchedulerSettings) -> Iterator[Pipeline]:
    """Start all services in this process; stop them, with their browser, on exit."""
    fetch = FetchOnLoop(fetching, workspace.store)
    resources = LoopResources(fetch)
    broker = open_embedded_broker((queues.FETCH, queues.ANALYZE, queues.AGGREGATE, queues.LEDGER), resources=resources)
    publisher = BrokerPublisher(broker)
    store, clock = workspace.store, workspace.clock
    fetcher_actors.declare_actors(broker, fetch, publisher)
    analyzer_actors.declare_actors(broker, AnalyzeSite(store, clock), publisher)
    aggregator_actors.declare_actors(broker, RecordVerdicts(store, SqlVerdictStore(workspace.engine)), publisher)
    close = CloseAudit(workspace.ledger, clock, confirm_after=releasing.confirm_after)
    scheduler_actors.declare_actors(broker, close, publisher)
    # The time limit of a message is kept by a thread that this starts.
    broker.emit_after("process_boot")
    threads = releasing.window + 2
    SLOTS.set(threads)
    with traced("embedded"):
        worker = Worker(broker, worker_threads=threads, worker_timeout=100)
        worker.start()
        try:
            if resources.failure is not None:
                raise resources.failure
            rules = SqlHostRules(workspace.engine)
            yield Pipeline(workspace, Dispatcher(workspace.ledger, rules, publisher, clock, releasing))
        finally:
            worker.stop(timeout=10_000)
            broker.close()
