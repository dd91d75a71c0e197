"""The fetcher process: FetchSite from RabbitMQ, captures into the store. It holds no database credentials."""

import sys

from services.contracts import queues
from services.fetcher.actors import declare_actors
from services.fetcher.metrics import FETCHER
from services.fetcher.on_loop import FetchOnLoop
from services.fetcher.settings import FetcherSettings
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher, LoopResources
from services.runtime.broker_settings import BrokerSettings
from services.runtime.health import serve_health
from services.runtime.logging import configure_logging
from services.runtime.message_metrics import ServerName
from services.runtime.process import run_worker, wait_for_servers
from services.runtime.process_settings import ProcessSettings
from services.runtime.rabbitmq import broker_server, open_rabbitmq_broker
from services.runtime.servers import Server, Servers
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.store_settings import StoreSettings, open_store
from services.runtime.tracing import traced


def main() -> int:
    """Run until SIGTERM; return the exit code. Raises BadInput for settings that cannot be used."""
    configure_logging(read_settings(RuntimeSettings))
    process = read_settings(ProcessSettings)
    store = open_store(read_settings(StoreSettings))
    fetch = FetchOnLoop(read_settings(FetcherSettings), store)
    settings = read_settings(BrokerSettings)
    servers = Servers(Server(ServerName.STORE, store.probe), broker_server(settings))
    broker = open_rabbitmq_broker(
        settings,
        (queues.FETCH,),
        resources=LoopResources(fetch),
        attempts=AttemptMarkers(store),
        servers=servers,
    )
    declare_actors(broker, fetch, BrokerPublisher(broker))
    with (
        traced("fetcher"),
        serve_health(process.health_port, lambda: servers.ready and broker.ready, metrics=(FETCHER,)),
    ):
        if not wait_for_servers(broker):
            return 0
        return run_worker(broker, process.worker_threads, process.stop_grace)


if __name__ == "__main__":
    sys.exit(main())
