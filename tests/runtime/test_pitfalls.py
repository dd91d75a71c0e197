"""Pitfalls of dramatiq and RabbitMQ that no other file reproduces. ``docs/broker.md`` lists them all."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from dramatiq import Worker

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.errors import StoreUnavailable
from services.contracts.messages import FetchSite, SiteCaptured
from services.runtime import broker as kit
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.edge import Route, declare_async
from services.runtime.rabbitmq import AuditBroker, open_rabbitmq_broker
from services.scheduler.frame.national import load_national_frame
from tests.runtime.test_rabbitmq import wait_for
from tests.runtime.worker_site import fetch
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]


@pytest.fixture(autouse=True)
def _logs_are_not_rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kit, "MIN_BACKOFF_MS", 10)
    with structlog.testing.capture_logs():
        yield


@contextmanager
def working(
    url: str,
    handle: Callable[[FetchSite], Awaitable[SiteCaptured | None]],
    *,
    codes: tuple[str, ...] = ("33001",),
    forward: Route | None = None,
    attempts: AttemptMarkers | None = None,
) -> Iterator[AuditBroker]:
    """Work on these sites with two threads while the block runs."""
    broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), (queues.FETCH, queues.LEDGER), attempts=attempts)
    broker.threads = 2
    publisher = BrokerPublisher(broker)
    declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, handle, forward=forward, publisher=publisher)
    broker.declare_queue(queues.LEDGER, ensure=True)
    for code in codes:
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch(code, ""))
    broker.emit_after("process_boot")
    worker = Worker(broker, queues={queues.FETCH}, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        yield broker
    finally:
        broker.draining.begin()
        worker.stop(timeout=5000)
        broker.close()


def test_an_attempt_that_cannot_be_written_down_is_not_begun(amqp_url: str, tmp_path: Path) -> None:
    class Full(FolderArtefactStore):
        def put_document(self, key: str, data: bytes) -> None:
            raise StoreUnavailable(f"{key} of {len(data)} bytes: the disk is full")

    calls: list[str] = []

    async def capture(message: FetchSite) -> None:
        calls.append(message.audit.code)

    # dramatiq swallows what a middleware raises and runs the actor: the edge counts, not a middleware.
    with working(amqp_url, capture, attempts=AttemptMarkers(Full(tmp_path))) as broker:
        wait_for(lambda: broker.get_queue_message_counts(queues.LEDGER)[0] == 1)
    assert calls == []


def test_the_last_time_limit_interrupts_a_coroutine_and_the_site_is_tried_again(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "TIME_LIMIT_MS", 500)
    ends: list[str] = []

    async def capture(message: FetchSite) -> None:
        if ends:
            ends.append("done")
            return
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ends.append(f"{message.audit.code} interrupted")
            raise

    with working(amqp_url, capture) as broker:
        wait_for(lambda: ends == ["33001 interrupted", "done"])
        wait_for(lambda: broker.get_queue_message_counts(queues.FETCH) == (0, 0, 0))


def test_a_publication_that_takes_long_stops_no_other_coroutine(amqp_url: str) -> None:
    publishing, go_on = threading.Event(), threading.Event()
    beats: list[float] = []

    async def capture(message: FetchSite) -> SiteCaptured:
        if message.audit.code == "33002":
            await asyncio.to_thread(publishing.wait, 20)
            for _ in range(20):
                await asyncio.sleep(0.01)
                beats.append(time.monotonic())
            go_on.set()
        return SiteCaptured(audit=message.audit, manifest_key="k")

    def slow(answer: object) -> None:
        assert isinstance(answer, SiteCaptured)
        if answer.audit.code == "33001":
            publishing.set()
            assert go_on.wait(20)

    with working(amqp_url, capture, codes=("33001", "33002"), forward=slow):
        wait_for(go_on.is_set)
    assert len(beats) == 20


def test_a_worker_of_one_queue_has_three_connections(private_rabbitmq: RabbitmqServer) -> None:
    url = private_rabbitmq.new_virtual_host()

    async def capture(_message: FetchSite) -> None:
        return None

    with working(url, capture) as broker:
        wait_for(lambda: broker.ready and broker.get_queue_message_counts(queues.FETCH) == (0, 0, 0))
        lines = private_rabbitmq.control("list_connections", "vhost").splitlines()
    # Its queue, its delay queue, and the thread that published.
    assert lines.count(url.rpartition("/")[2]) == 3


def test_a_message_is_small_whatever_the_authority() -> None:
    for authority in load_national_frame().authorities.values():
        order = FetchSite(audit=AuditId(campaign="c" * 63, code=authority.code), authority=authority)
        assert len(order.to_json()) < 4096, authority.code
