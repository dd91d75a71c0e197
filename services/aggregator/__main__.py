"""The aggregator process: SiteAnalyzed from RabbitMQ, verdicts into the database."""

import sys

from services.aggregator.actors import declare_actors
from services.aggregator.adapters.national_gauges import NationalGauges
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.handlers import RecordVerdicts
from services.aggregator.metrics import AGGREGATOR
from services.aggregator.settings import AggregatorSettings
from services.contracts import queues
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.health import serve_health
from services.runtime.logging import configure_logging
from services.runtime.loops import Repeatedly, nothing, running
from services.runtime.message_metrics import ServerName
from services.runtime.migrations.waiting import database_server
from services.runtime.process import run_worker, wait_for_servers
from services.runtime.process_settings import ProcessSettings
from services.runtime.rabbitmq import broker_server, open_rabbitmq_broker
from services.runtime.servers import Server, Servers
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.store_settings import StoreSettings, open_store
from services.runtime.tracing import traced


def main() -> int:
    """Run until SIGTERM; return the exit code. Raises BadInput for settings or a schema that cannot be used."""
    configure_logging(read_settings(RuntimeSettings))
    process = read_settings(ProcessSettings)
    store = open_store(read_settings(StoreSettings))
    engine = open_database(read_settings(DatabaseSettings))
    settings = read_settings(BrokerSettings)
    servers = Servers(database_server(engine), Server(ServerName.STORE, store.probe), broker_server(settings))
    broker = open_rabbitmq_broker(settings, (queues.AGGREGATE,), attempts=AttemptMarkers(store), servers=servers)
    declare_actors(broker, RecordVerdicts(store, SqlVerdictStore(engine)), BrokerPublisher(broker))
    gauges = Repeatedly(
        "national figures",
        NationalGauges(engine, store, SystemClock()),
        seconds=read_settings(AggregatorSettings).statistics_interval,
    )
    with (
        traced("aggregator"),
        serve_health(process.health_port, lambda: servers.ready and broker.ready, metrics=(AGGREGATOR,)),
    ):
        if not wait_for_servers(broker):
            return 0
        with running("national-gauges", gauges, on_defect=nothing):
            return run_worker(broker, process.worker_threads, process.stop_grace)


if __name__ == "__main__":
    sys.exit(main())
