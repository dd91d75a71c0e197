"""The scheduler process: takes requests, releases audits from the ledger, closes them as AuditClosed comes in."""

import os
import signal
import sys

from dramatiq.errors import BrokerError

from services.contracts import queues
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.health import serve_health
from services.runtime.logging import configure_logging
from services.runtime.loops import Repeatedly, nothing, running
from services.runtime.migrations.waiting import database_server
from services.runtime.process import run_worker, wait_for_servers
from services.runtime.process_settings import ProcessSettings
from services.runtime.rabbitmq import broker_server, open_rabbitmq_broker
from services.runtime.servers import Servers
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.tracing import traced
from services.scheduler.actors import declare_actors
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.adapters.ingress import RequestConsumer
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.ledger_figures import SqlLedgerFigures
from services.scheduler.adapters.ledger_gauges import LedgerGauges
from services.scheduler.adapters.national_frame import ShippedFrame
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.frame.national import load_national_frame
from services.scheduler.handlers import AcceptRequest, CloseAudit, Dispatcher, RepeatCampaigns
from services.scheduler.metrics import HOST_GROUPS, SCHEDULER
from services.scheduler.release_loop import ReleaseLoop
from services.scheduler.settings import SchedulerSettings


def main() -> int:
    """Run until SIGTERM; return the exit code. Raises BadInput for settings or a schema that cannot be used."""
    configure_logging(read_settings(RuntimeSettings))
    process, releasing = read_settings(ProcessSettings), read_settings(SchedulerSettings)
    engine, clock = open_database(read_settings(DatabaseSettings)), SystemClock()
    ledger = SqlLedger(engine)
    settings = read_settings(BrokerSettings)
    servers = Servers(database_server(engine), broker_server(settings))
    broker = open_rabbitmq_broker(settings, queues.WORK_QUEUES, servers=servers)
    publisher = BrokerPublisher(broker)
    declare_actors(broker, CloseAudit(ledger, clock, confirm_after=releasing.confirm_after), publisher)
    loop = ReleaseLoop(
        ledger,
        Dispatcher(ledger, SqlHostRules(engine), publisher, clock, releasing),
        repeat=RepeatCampaigns(ledger, clock, load_national_frame),
        tick_seconds=releasing.tick_seconds,
        passing=(BrokerError,),
        clock=clock,
    )
    requests = RequestConsumer(
        settings,
        AcceptRequest(SqlRequests(engine), ShippedFrame(), clock),
        database_answers=ledger.campaigns,
        on_accepted=loop.wake,
    )

    gauges = Repeatedly(
        "gauges of the ledger",
        LedgerGauges(SqlLedgerFigures(engine, HOST_GROUPS), clock),
        seconds=releasing.metrics_interval,
    )

    def ready() -> bool:
        return loop.healthy and servers.ready and broker.ready and requests.ready

    with (
        traced("scheduler"),
        serve_health(process.health_port, ready, metrics=(SCHEDULER,)),
    ):
        if not wait_for_servers(broker):
            return 0
        # A scheduler one of whose loops ended is of no use: the process ends with it, and is started again.
        with (
            running("release-loop", loop, on_defect=_end),
            running("requests", requests, on_defect=_end),
            running("ledger-gauges", gauges, on_defect=nothing),
        ):
            return run_worker(broker, process.worker_threads, process.stop_grace)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
