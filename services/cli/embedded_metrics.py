"""``--metrics-port``: what an embedded run measures, served as the four services serve it."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.aggregator.adapters.national_gauges import NationalGauges
from services.aggregator.metrics import AGGREGATOR
from services.aggregator.settings import AggregatorSettings
from services.analyzer.metrics import ANALYZER
from services.cli.workspace import Workspace
from services.fetcher.metrics import FETCHER
from services.runtime.health import serve_health
from services.runtime.loops import Repeatedly, nothing, running
from services.runtime.settings import read_settings
from services.scheduler.adapters.ledger_figures import SqlLedgerFigures
from services.scheduler.adapters.ledger_gauges import LedgerGauges
from services.scheduler.metrics import HOST_GROUPS, SCHEDULER
from services.scheduler.settings import SchedulerSettings

TABLES = (SCHEDULER, FETCHER, ANALYZER, AGGREGATOR)
_ADDRESS = "127.0.0.1"


@contextmanager
def metrics_served(workspace: Workspace, port: int | None) -> Iterator[int | None]:
    """Serve the tables of all services on loopback while the block runs, and give the port; none when it is None.

    Port 0 takes a free one. Raises BadInput when the port cannot be used.
    """
    if port is None:
        yield None
        return
    ledger = Repeatedly(
        "gauges of the ledger",
        LedgerGauges(SqlLedgerFigures(workspace.engine, HOST_GROUPS), workspace.clock),
        seconds=read_settings(SchedulerSettings).metrics_interval,
    )
    country = Repeatedly(
        "national figures",
        NationalGauges(workspace.engine, workspace.store, workspace.clock),
        seconds=read_settings(AggregatorSettings).statistics_interval,
    )
    with (
        serve_health(port, lambda: True, metrics=TABLES, address=_ADDRESS) as served,
        running("ledger-gauges", ledger, on_defect=nothing),
        running("national-gauges", country, on_defect=nothing),
    ):
        yield served
