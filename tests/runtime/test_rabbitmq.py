"""What the RabbitMQ broker promises beyond the port, on a real node and in this process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pika
import pytest
import structlog
from dramatiq import Worker
from dramatiq.common import dq_name, xq_name
from dramatiq.errors import ConnectionClosed

from services.contracts import queues
from services.contracts.errors import BadInput, BrowserUnavailable
from services.contracts.messages import FetchSite, Priority, SiteCaptured
from services.runtime import broker as kit
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.edge import declare_async, route
from services.runtime.rabbitmq import AuditBroker, connection_parameters, open_rabbitmq_broker
from services.runtime.settings import read_settings
from tests.runtime.worker_site import fetch
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]


@pytest.fixture(autouse=True)
def _logs_are_not_rendered() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


@contextmanager
def opened(url: str) -> Iterator[AuditBroker]:
    settings = BrokerSettings(amqp_url=url, amqp_publish_patience=0.5, amqp_max_reconnect_delay=0.2)
    broker = open_rabbitmq_broker(settings, (queues.FETCH,))
    yield broker
    broker.close()


@contextmanager
def working(broker: AuditBroker) -> Iterator[None]:
    worker = Worker(broker, queues={queues.FETCH}, worker_threads=1, worker_timeout=50)
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5000)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def refuse(server: RabbitmqServer, url: str, queue: str) -> None:
    """Make the server refuse every publication to a queue."""
    host = url.rpartition("/")[2]
    definition = '{"max-length": 0, "overflow": "reject-publish"}'
    server.control(
        "set_policy", "-p", host, "full", f"^{queue.replace('.', '[.]')}$", definition, "--apply-to", "queues"
    )


def failing(broker: AuditBroker) -> BrokerPublisher:
    publisher = BrokerPublisher(broker)

    async def fail(message: FetchSite) -> SiteCaptured:
        raise BrowserUnavailable(message.audit.code)

    declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, fail, forward=None, publisher=publisher)
    return publisher


def test_the_queues_have_the_arguments_that_can_never_change(amqp_url: str) -> None:
    dead_letters = {"x-queue-type": "classic", "x-message-ttl": 2_592_000_000}
    work = {
        "x-queue-type": "classic",
        "x-max-priority": 2,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "audit.fetch.v1.XQ",
    }
    with opened(amqp_url) as broker:
        broker.declare_queue(queues.FETCH, ensure=True)
        channel = broker.connection.channel()
        for name in (queues.FETCH, dq_name(queues.FETCH)):
            channel.queue_declare(name, durable=True, arguments=work)
        channel.queue_declare(xq_name(queues.FETCH), durable=True, arguments=dead_letters)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="inequivalent arg"):
            channel.queue_declare(queues.FETCH, durable=True)


def test_a_retry_that_cannot_be_enqueued_ends_in_the_dead_letters(
    private_rabbitmq: RabbitmqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "MIN_BACKOFF_MS", 10)
    url = private_rabbitmq.new_virtual_host()
    with opened(url) as broker:
        publisher = failing(broker)
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))
        refuse(private_rabbitmq, url, dq_name(queues.FETCH))
        with working(broker):
            wait_for(lambda: broker.get_queue_message_counts(queues.FETCH) == (0, 0, 1))


def test_a_server_that_takes_no_publications_for_a_while_makes_no_dead_letters(
    private_rabbitmq: RabbitmqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "MIN_BACKOFF_MS", 10)
    url, calls = private_rabbitmq.new_virtual_host(), []
    settings = BrokerSettings(amqp_url=url, amqp_blocked_timeout=0.1, amqp_publish_patience=0.1)
    broker = open_rabbitmq_broker(
        settings, (queues.FETCH, queues.ANALYZE), attempts=AttemptMarkers(FolderArtefactStore(tmp_path))
    )
    publisher = BrokerPublisher(broker)

    async def capture(message: FetchSite) -> SiteCaptured:
        calls.append(message.audit.code)
        return SiteCaptured(audit=message.audit, manifest_key="k")

    onwards = route(publisher, queues.ANALYZE, queues.ANALYZE_SITE)
    declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, capture, forward=onwards, publisher=publisher)
    broker.declare_queue(queues.ANALYZE, ensure=True)
    publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))
    # A server that is short of memory delivers and takes acknowledgements, but no publications.
    private_rabbitmq.control("set_vm_memory_high_watermark", "0")
    try:
        with working(broker):
            wait_for(lambda: len(calls) >= 2, 60)
            private_rabbitmq.control("set_vm_memory_high_watermark", "absolute", "1GB")
            wait_for(lambda: broker.get_queue_message_counts(queues.ANALYZE)[0] >= 1, 30)
            wait_for(lambda: broker.get_queue_message_counts(queues.FETCH) == (0, 0, 0), 30)
    finally:
        private_rabbitmq.control("set_vm_memory_high_watermark", "absolute", "1GB")
    broker.close()


def test_a_publication_that_the_server_refuses_is_an_error(private_rabbitmq: RabbitmqServer) -> None:
    url = private_rabbitmq.new_virtual_host()
    with opened(url) as broker:
        broker.declare_queue(queues.FETCH, ensure=True)
        refuse(private_rabbitmq, url, queues.FETCH)
        with pytest.raises(ConnectionClosed):
            BrokerPublisher(broker).publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))


def test_a_publication_to_a_queue_that_was_deleted_declares_it_again(amqp_url: str) -> None:
    with opened(amqp_url) as broker:
        publisher = BrokerPublisher(broker)
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))
        broker.channel.queue_delete(queues.FETCH)
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33002", ""))
        assert broker.get_queue_message_counts(queues.FETCH) == (1, 0, 0)


def test_an_idle_publisher_whose_connection_was_closed_publishes_on_a_new_one(
    private_rabbitmq: RabbitmqServer,
) -> None:
    url = private_rabbitmq.new_virtual_host()
    with opened(url) as broker:
        publisher = BrokerPublisher(broker)
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))
        private_rabbitmq.control("close_all_connections", "--vhost", url.rpartition("/")[2], "test")
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33002", ""), priority=Priority.ON_DEMAND)
        assert broker.get_queue_message_counts(queues.FETCH) == (2, 0, 0)


def test_what_is_no_message_of_ours_goes_to_the_dead_letters_and_blocks_nothing(amqp_url: str) -> None:
    seen: list[str] = []
    with opened(amqp_url) as broker:
        publisher = BrokerPublisher(broker)

        async def look(message: FetchSite) -> None:
            seen.append(message.audit.code)

        declare_async(broker, queues.FETCH_SITE, queues.FETCH, FetchSite, look, forward=None, publisher=publisher)
        broker.declare_queue(queues.FETCH, ensure=True)
        for body in (b'{"schema": 1}', b"\xff\x00", b"null"):
            broker.channel.basic_publish("", queues.FETCH, body)
        publisher.publish(queues.FETCH, "unknown_actor", fetch("33001", ""))
        publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch("33002", ""))
        with working(broker):
            wait_for(lambda: seen == ["33002"])
        assert broker.get_queue_message_counts(queues.FETCH) == (0, 0, 4)


def test_the_prefetch_is_the_number_of_threads_whatever_the_environment_said(amqp_url: str) -> None:
    with opened(amqp_url) as broker:
        publisher = BrokerPublisher(broker)
        for number in range(5):
            publisher.publish(queues.FETCH, queues.FETCH_SITE, fetch(f"3300{number}", ""))
        consumer = broker.consume(queues.FETCH, prefetch=100, timeout=200)
        assert broker.ready
        assert next(consumer) is not None
        assert next(consumer) is None
        consumer.close()


def test_a_broker_that_cannot_be_reached_is_an_error_after_the_patience_and_not_ready() -> None:
    with opened("amqp://127.0.0.1:1/%2F") as broker:
        started = time.monotonic()
        with pytest.raises(ConnectionClosed):
            BrokerPublisher(broker).publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))
        with pytest.raises(ConnectionClosed):
            broker.consume(queues.FETCH)
        assert not broker.ready
        assert time.monotonic() - started < 3


def test_the_connection_is_what_the_settings_say(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    settings = BrokerSettings(amqp_url="amqps://audit@broker.example:5700/prod", amqp_password_file=secret)
    parameters = connection_parameters(settings)
    assert (parameters.host, parameters.port, parameters.virtual_host) == ("broker.example", 5700, "prod")
    assert (parameters.credentials.username, parameters.credentials.password) == ("audit", "s3cret")
    assert parameters.ssl_options.context.check_hostname
    assert (parameters.heartbeat, parameters.blocked_connection_timeout) == (60, 60)
    assert "s3cret" not in repr(BrokerSettings(amqp_password="s3cret"))


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"AUDIT_AMQP_URL": "http://broker"}, "AUDIT_AMQP_URL"),
        ({"AUDIT_AMQP_URL": "amqp://broker:port/"}, "AUDIT_AMQP_URL"),
        ({"AUDIT_AMQP_PASSWORD_FILE": "/nowhere"}, "AUDIT_AMQP_PASSWORD_FILE"),
        ({"AUDIT_AMQP_URL": "amqps://broker", "AUDIT_AMQP_CA_FILE": "/nowhere"}, "AUDIT_AMQP_CA_FILE"),
        ({"AUDIT_AMQP_HEARTBEAT": "1"}, "AUDIT_AMQP_HEARTBEAT"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=problem):
        connection_parameters(read_settings(BrokerSettings))
