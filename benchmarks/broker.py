"""Messages a second through RabbitMQ: publishing a country with confirms, and consuming it.

    python benchmarks/broker.py [MESSAGES]

Runs on a private node, or on the empty virtual host that AUDIT_TEST_AMQP_URL names. Consumers acknowledge
each message, with the prefetch of 1 a thread that priorities need.
"""

import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dramatiq import Worker  # noqa: E402 - the package lies beside this folder

from services.contracts import queues  # noqa: E402
from services.contracts.audits import AuditId  # noqa: E402
from services.contracts.authorities import Authority, Kind  # noqa: E402
from services.contracts.messages import AuditClosed, FetchSite  # noqa: E402
from services.runtime.broker import BrokerPublisher  # noqa: E402
from services.runtime.broker_settings import BrokerSettings  # noqa: E402
from services.runtime.edge import declare_sync  # noqa: E402
from services.runtime.logging import configure_logging  # noqa: E402
from services.runtime.rabbitmq import AuditBroker, open_rabbitmq_broker  # noqa: E402
from services.runtime.settings import RuntimeSettings  # noqa: E402
from tests.servers.rabbitmq import RabbitmqServer  # noqa: E402

COUNTRY = 36_222
TARGET = 2_000
PUBLISHERS = 4
THREADS = 8


@contextmanager
def server_url() -> Iterator[str]:
    """Run a private node unless one is named."""
    existing = os.environ.get("AUDIT_TEST_AMQP_URL")
    if existing:
        yield existing
        return
    folder = Path(tempfile.mkdtemp())
    server = RabbitmqServer(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


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


def main() -> None:
    """Measure, print a table and JSON."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNTRY
    configure_logging(RuntimeSettings(log_level="error"))
    messages = sites(count)
    rows: dict[str, float] = {}
    with server_url() as url:
        for publishers in (1, PUBLISHERS):
            broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), (queues.FETCH,))
            broker.declare_queue(queues.FETCH, ensure=True)
            broker.flush(queues.FETCH)
            rows[f"publish, confirmed, {publishers} threads"] = publish(broker, messages, publishers)
            broker.close()
        rows[f"consume, {THREADS} threads, prefetch {THREADS}"] = consume(url, count)
    print(f"{count} messages of {len(messages[0].to_json())} bytes, target {TARGET}/s")
    for label, seconds in rows.items():
        print(f"{label:36} {seconds:7.1f} s {count / seconds:8.0f}/s")
    print(json.dumps({label: {"seconds": round(s, 2), "per_second": round(count / s)} for label, s in rows.items()}))


if __name__ == "__main__":
    main()
