"""All four services in one process: the embedded way to run, over the same actors and handlers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from dramatiq import Worker
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from services.aggregator import actors as aggregator_actors
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.handlers import RecordVerdicts
from services.analyzer import actors as analyzer_actors
from services.analyzer.handlers import AnalyzeSite
from services.contracts import queues
from services.contracts.errors import BadInput
from services.contracts.messages import FetchSite, SiteCaptured
from services.fetcher import actors as fetcher_actors
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import ArtefactStore, FolderArtefactStore
from services.runtime.broker import BrokerPublisher, LoopResources, open_embedded_broker
from services.runtime.clock import Clock, SystemClock
from services.runtime.database import open_sqlite
from services.scheduler import actors as scheduler_actors
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.conservation import Progress
from services.scheduler.handlers import CloseAudit, Dispatcher
from services.scheduler.settings import SchedulerSettings

_TICK_SECONDS = 0.2
_RECONCILE_TICKS = 50


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of an embedded campaign: database, artefacts and published files."""

    folder: Path
    engine: Engine
    store: ArtefactStore
    ledger: SqlLedger
    clock: Clock


def open_workspace(folder: Path) -> Workspace:
    """Open (or create) the state kept in an output folder. Raises BadInput when it cannot be."""
    try:
        engine = open_sqlite(folder / "audit.db")
    except (OSError, DatabaseError) as error:
        raise BadInput(f"--out {folder}: cannot be used: {getattr(error, 'orig', None) or error}") from error
    store = FolderArtefactStore(folder / "artefacts")
    return Workspace(folder=folder, engine=engine, store=store, ledger=SqlLedger(engine), clock=SystemClock())


class _Fetcher:
    """The fetcher, opened on the actors' event loop."""

    def __init__(self, settings: FetcherSettings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        opening = open_fetcher(self._settings, self._workspace.store, self._workspace.clock)
        self._handle = await self._stack.enter_async_context(opening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def __call__(self, message: FetchSite) -> SiteCaptured:
        return await self._handle(message)


class Pipeline:
    """A running pipeline over a workspace."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher

    def drain(self, campaign: str, *, stop: threading.Event, show: Callable[[Progress], None]) -> Progress:
        """Work until every audit is closed, or until ``stop`` is set and nothing is in flight."""
        ticks = 0
        while True:
            if not stop.is_set():
                self._dispatcher.tick(campaign)
            progress = self._workspace.ledger.progress(campaign)
            show(progress)
            if progress.finished or (stop.is_set() and progress.in_flight == 0):
                return progress
            ticks += 1
            if ticks % _RECONCILE_TICKS == 0:
                self._dispatcher.reconcile(campaign)
            stop.wait(_TICK_SECONDS) if not stop.is_set() else threading.Event().wait(_TICK_SECONDS)


@contextmanager
def open_pipeline(workspace: Workspace, fetching: FetcherSettings, releasing: SchedulerSettings) -> Iterator[Pipeline]:
    """Start all services in this process; stop them, with their browser, on exit."""
    resources = LoopResources(_fetcher := _Fetcher(fetching, workspace))
    broker = open_embedded_broker((queues.FETCH, queues.ANALYZE, queues.AGGREGATE, queues.LEDGER), resources=resources)
    publisher = BrokerPublisher(broker)
    store, clock = workspace.store, workspace.clock
    fetcher_actors.declare_actors(broker, _fetcher, publisher)
    analyzer_actors.declare_actors(broker, AnalyzeSite(store, clock), publisher)
    aggregator_actors.declare_actors(broker, RecordVerdicts(store, SqlVerdictStore(workspace.engine)), publisher)
    scheduler_actors.declare_actors(broker, CloseAudit(workspace.ledger, clock), publisher)
    worker = Worker(broker, worker_threads=releasing.window + 2, worker_timeout=100)
    worker.start()
    try:
        if resources.failure is not None:
            raise resources.failure
        yield Pipeline(workspace, Dispatcher(workspace.ledger, publisher, clock, releasing))
    finally:
        worker.stop(timeout=10_000)
        broker.close()
