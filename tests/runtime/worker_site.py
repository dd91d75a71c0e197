"""The test bench of the broker: queues to fill and look into, and worker processes to start and hurt."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pika
from dramatiq import Message as Envelope
from dramatiq.common import dq_name, xq_name

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.messages import AuditClosed, FetchSite, Message, Priority
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.rabbitmq import AuditBroker, connection_parameters, open_rabbitmq_broker

ROOT = Path(__file__).resolve().parents[2]


def fetch(code: str, does: str) -> FetchSite:
    """Return the order to fetch a site that behaves so."""
    authority = Authority(code=code, kind=Kind.COMMUNE, name=does, nature="COM")
    return FetchSite(audit=AuditId(campaign="c", code=code), authority=authority)


@dataclass(frozen=True)
class Event:
    """A line a worker wrote."""

    what: str
    code: str
    at: float
    process: int


class Bench:
    """One virtual host, one folder, and the workers on them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.settings = BrokerSettings(amqp_url=url, amqp_max_reconnect_delay=0.5)
        self.broker: AuditBroker = open_rabbitmq_broker(self.settings, queues.WORK_QUEUES)
        self._publisher = BrokerPublisher(self.broker)
        self._processes: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End what is left."""
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.broker.close()

    def publish(self, code: str, does: str = "work", priority: Priority = Priority.CAMPAIGN) -> None:
        """Order a site to be fetched."""
        self._publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch(code, does), priority=priority)

    def worker(self, *options: str, threads: int = 1, grace: float = 10, backoff: int = 10) -> subprocess.Popen[bytes]:
        """Start a worker process, leader of a group of its own."""
        command = [sys.executable, str(ROOT / "tests/runtime/worker_process.py"), self.url, str(self.folder)]
        with (self.folder / "output").open("ab") as output:
            process = subprocess.Popen(
                [*command, str(threads), str(grace), str(backoff), *options],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def events(self, what: str) -> list[Event]:
        """Return what the workers wrote, in order."""
        path = self.folder / "events"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [Event(line[0], line[1], float(line[2]), int(line[3])) for line in lines if line[0] == what]

    def count(self, what: str) -> Counter[str]:
        """Return how often each site was started, or ended."""
        return Counter(event.code for event in self.events(what))

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not condition():
            output = self.folder / "output"
            assert time.monotonic() < deadline, output.read_text()[-6000:] if output.exists() else "nothing happened"
            time.sleep(0.02)

    def waiting(self, queue: str = queues.FETCH) -> tuple[int, int, int]:
        """Return how many messages are ready in a queue, in its delay queue and in its dead letters."""
        with pika.BlockingConnection(connection_parameters(self.settings)) as connection:
            channel = connection.channel()
            counts = [
                channel.queue_declare(name, passive=True).method.message_count
                for name in (queue, dq_name(queue), xq_name(queue))
            ]
        return counts[0], counts[1], counts[2]

    def taken(self, queue: str) -> list[str]:
        """Take the message bodies out of a queue."""
        bodies = []
        with pika.BlockingConnection(connection_parameters(self.settings)) as connection:
            channel = connection.channel()
            while (got := channel.basic_get(queue, auto_ack=True))[0] is not None:
                bodies.append(str(Envelope.decode(got[2]).args[0]))
        return bodies

    def closed(self) -> list[AuditClosed]:
        """Take what the ledger was told."""
        return [AuditClosed.from_json(body) for body in self.taken(queues.LEDGER)]

    def captured(self) -> set[str]:
        """Take the codes of the captured sites."""
        return {Message.model_validate_json(body).audit.code for body in self.taken(queues.ANALYZE)}


@contextmanager
def open_bench(url: str, folder: Path) -> Iterator[Bench]:
    """Open a bench on a virtual host with the work queues declared."""
    bench = Bench(url, folder)
    for name in queues.WORK_QUEUES:
        bench.broker.declare_queue(name, ensure=True)
    try:
        yield bench
    finally:
        bench.close()
