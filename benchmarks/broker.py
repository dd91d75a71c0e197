"""Messages a second through RabbitMQ: publishing a country with confirms, and consuming it.

Runs on a private node, or on the empty virtual host that AUDIT_TEST_AMQP_URL names. Consumers acknowledge
each message, with the prefetch of 1 a thread that priorities need.
"""

import threading
import time

from dramatiq import Worker

from benchmarks.output import parser, tell
from benchmarks.servers import broker_url
from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.messages import AuditClosed, FetchSite
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.edge import declare_sync
from services.runtime.logging import configure_logging
from services.runtime.rabbitmq import AuditBroker, open_rabbitmq_broker
from services.runtime.settings import RuntimeSettings

COUNTRY = 36_222
TARGET = 2_000
PUBLISHERS = 4
THREADS = 8


def publish(broker: AuditBroker, messages: list[FetchSite], publishers: int) -> float:
    """Publish from some threads, each message confirmed before the next; return the seconds."""
    publisher = BrokerPublisher(broker)

    def send(part: list[FetchSite]) -> None:
        for message in part:
            publisher.publish(queues.FETCH, queues.FETCH_SITE, message)

    threads = [threading.Thread(target=send, args=(messages[n::publishers],)) for n in range(publishers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def consume(url: str, count: int) -> float:
    """Consume everything through the edge of the services; return the seconds."""
    broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), (queues.FETCH,))
    broker.threads = THREADS
    done, lock, seen = threading.Event(), threading.Lock(), set()

    def handle(message: FetchSite) -> AuditClosed | None:
        with lock:
            seen.add(message.audit.code)
            if len(seen) == count:
                done.set()
        return None

    publisher = BrokerPublisher(broker)
    declare_sync(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, handle, forward=None, publisher=publisher)
    worker = Worker(broker, queues={queues.FETCH}, worker_threads=THREADS, worker_timeout=100)
    started = time.perf_counter()
    worker.start()
    assert done.wait(300), f"{len(seen)} of {count} messages arrived"
    seconds = time.perf_counter() - started
    worker.stop()
    broker.close()
    return seconds


def sites(count: int) -> list[FetchSite]:
    """Return orders of the size of real ones."""
    authorities = (
        Authority(code=f"{n:09}", kind=Kind.EPCI, name=f"Communauté {n}", nature="CC", declared_url="https://x.example")
        for n in range(count)
    )
    return [FetchSite(audit=AuditId(campaign="national-2026", code=a.code), authority=a) for a in authorities]


def measure(count: int) -> dict[str, object]:
    """Publish with one thread and with several, then consume."""
    messages = sites(count)
    rates: dict[str, int] = {}
    with broker_url() as url:
        for publishers in (1, PUBLISHERS):
            broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), (queues.FETCH,))
            broker.declare_queue(queues.FETCH, ensure=True)
            broker.flush(queues.FETCH)
            rates[f"published_per_second_{publishers}_threads"] = round(count / publish(broker, messages, publishers))
            broker.close()
        rates[f"consumed_per_second_{THREADS}_threads"] = round(count / consume(url, count))
    return {"messages": count, "bytes": len(messages[0].to_json()), **rates, "target_per_second": TARGET}


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--messages", type=int, default=COUNTRY)
    given = options.parse_args()
    configure_logging(RuntimeSettings(log_level="error"))
    tell("broker", measure(given.messages), as_json=given.json)


if __name__ == "__main__":
    main()
