"""The aggregator process: SiteAnalyzed from RabbitMQ, verdicts into the database."""

import sys

from services.aggregator.actors import declare_actors
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.handlers import RecordVerdicts
from services.contracts import queues
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.health import serve_health
from services.runtime.logging import configure_logging
from services.runtime.migrations.waiting import wait_for_schema
from services.runtime.process import run_worker
from services.runtime.process_settings import ProcessSettings
from services.runtime.rabbitmq import open_rabbitmq_broker
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.store_settings import StoreSettings, open_store


def main() -> int:
    """Run until SIGTERM; return the exit code. Raises BadInput for settings or a schema that cannot be used."""
    configure_logging(read_settings(RuntimeSettings))
    process = read_settings(ProcessSettings)
    store = open_store(read_settings(StoreSettings))
    engine = open_database(read_settings(DatabaseSettings))
    broker = open_rabbitmq_broker(read_settings(BrokerSettings), (queues.AGGREGATE,), attempts=AttemptMarkers(store))
    declare_actors(broker, RecordVerdicts(store, SqlVerdictStore(engine)), BrokerPublisher(broker))
    ready = False
    with serve_health(process.health_port, lambda: ready and broker.ready):
        wait_for_schema(engine)
        ready = True
        return run_worker(broker, process.worker_threads, process.stop_grace)


if __name__ == "__main__":
    sys.exit(main())
