"""The scheduler process: releases audits from the ledger, closes them as AuditClosed comes in."""

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
from services.runtime.migrations.waiting import wait_for_schema
from services.runtime.process import run_worker
from services.runtime.process_settings import ProcessSettings
from services.runtime.rabbitmq import open_rabbitmq_broker
from services.runtime.settings import RuntimeSettings, read_settings
from services.scheduler.actors import declare_actors
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.handlers import CloseAudit, Dispatcher
from services.scheduler.release_loop import ReleaseLoop, running
from services.scheduler.settings import SchedulerSettings


def main() -> int:
    """Run until SIGTERM; return the exit code. Raises BadInput for settings or a schema that cannot be used."""
    configure_logging(read_settings(RuntimeSettings))
    process, releasing = read_settings(ProcessSettings), read_settings(SchedulerSettings)
    engine, clock = open_database(read_settings(DatabaseSettings)), SystemClock()
    ledger = SqlLedger(engine)
    broker = open_rabbitmq_broker(read_settings(BrokerSettings), queues.WORK_QUEUES)
    publisher = BrokerPublisher(broker)
    declare_actors(broker, CloseAudit(ledger, clock), publisher)
    loop = ReleaseLoop(
        ledger,
        Dispatcher(ledger, SqlHostRules(engine), publisher, clock, releasing),
        tick_seconds=releasing.tick_seconds,
        passing=(BrokerError,),
    )
    with serve_health(process.health_port, lambda: loop.healthy and broker.ready):
        wait_for_schema(engine)
        # A scheduler whose loop ended is of no use: the process ends with it, and is started again.
        with running(loop, on_defect=lambda: os.kill(os.getpid(), signal.SIGTERM)):
            return run_worker(broker, process.worker_threads, process.stop_grace)


if __name__ == "__main__":
    sys.exit(main())
