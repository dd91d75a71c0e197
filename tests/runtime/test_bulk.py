"""Many messages published together: each is confirmed, or named as one that was not."""

import gc
import threading
import time
import warnings

import pika
import pika.exceptions
import pytest
from dramatiq.errors import ConnectionClosed

from services.contracts import queues
from services.contracts.messages import Message, Priority
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.bulk import Bulk, Outgoing
from services.runtime.rabbitmq import AuditBroker, connection_parameters, open_rabbitmq_broker
from tests.ports.test_broker import fetch
from tests.runtime.test_rabbitmq import opened, refuse
from tests.servers.front import Mode, in_front_of
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]


def send(broker: AuditBroker, count: int) -> tuple[list[Message], BaseException | None]:
    messages: list[tuple[Message, Priority]] = [
        (fetch(f"{place:05}"), Priority.ON_DEMAND if place % 2 else Priority.CAMPAIGN) for place in range(count)
    ]
    return BrokerPublisher(broker).publish_all(queues.FETCH, queues.FETCH_SITE, messages)


@pytest.mark.parametrize("count", [1, 19, 20, 1500])
def test_each_arrives_once_with_its_priority(amqp_url: str, count: int) -> None:
    with opened(amqp_url) as broker:
        assert send(broker, count) == ([], None)
        assert broker.get_queue_message_counts(queues.FETCH)[0] == count
        method, properties, _ = broker.channel.basic_get(queues.FETCH, auto_ack=True)
        assert method is not None
        assert properties.priority == (Priority.ON_DEMAND if count > 1 else Priority.CAMPAIGN)
        assert properties.delivery_mode == 2


def test_what_the_server_refuses_is_named(private_rabbitmq: RabbitmqServer) -> None:
    url = private_rabbitmq.new_virtual_host()
    with opened(url) as broker:
        broker.declare_queue(queues.FETCH, ensure=True)
        refuse(private_rabbitmq, url, queues.FETCH)
        undone, error = send(broker, 50)
        assert len(undone) == 50
        assert isinstance(error, ConnectionClosed)
        assert isinstance(error.message, pika.exceptions.NackError)


def test_a_queue_that_was_deleted_is_declared_again_the_next_time(amqp_url: str) -> None:
    with opened(amqp_url) as broker:
        assert send(broker, 30) == ([], None)
        broker.channel.queue_delete(queues.FETCH)
        undone, error = send(broker, 30)
        assert len(undone) == 30
        assert isinstance(error, ConnectionClosed)
        assert send(broker, 30) == ([], None)
        assert broker.get_queue_message_counts(queues.FETCH)[0] == 30


def test_a_server_that_goes_away_half_way_leaves_what_it_did_not_confirm(amqp_url: str) -> None:
    with in_front_of(amqp_url) as front:
        host, _, path = amqp_url.rpartition("@")[2].partition("/")
        through = amqp_url.replace(host, f"127.0.0.1:{front.port}")
        assert path
        broker = open_rabbitmq_broker(BrokerSettings(amqp_url=through, amqp_blocked_timeout=20), (queues.FETCH,))
        assert send(broker, 30) == ([], None)
        cut = threading.Timer(0.15, front.turn, (Mode.AWAY,))
        cut.start()
        confirmed = 30
        while True:
            undone, error = send(broker, 1000)
            confirmed += 1000 - len(undone)
            if error is not None:
                break
        cut.join()
        broker.close()
        assert undone
        assert isinstance(error, ConnectionClosed)
    with opened(amqp_url) as direct:
        deadline = time.monotonic() + 30
        while direct.get_queue_message_counts(queues.FETCH)[0] < confirmed and time.monotonic() < deadline:
            time.sleep(0.1)
        assert direct.get_queue_message_counts(queues.FETCH)[0] >= confirmed


def test_a_server_that_takes_nothing_is_given_up_after_its_time(private_rabbitmq: RabbitmqServer) -> None:
    url = private_rabbitmq.new_virtual_host()
    broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url, amqp_blocked_timeout=0.5), (queues.FETCH,))
    broker.declare_queue(queues.FETCH, ensure=True)
    private_rabbitmq.control("set_vm_memory_high_watermark", "0")
    try:
        undone, error = send(broker, 40)
    finally:
        private_rabbitmq.control("set_vm_memory_high_watermark", "absolute", "1GB")
    assert len(undone) == 40
    assert isinstance(error, ConnectionClosed)
    broker.close()


def test_a_server_that_does_not_answer_leaves_everything() -> None:
    parameters = pika.ConnectionParameters("127.0.0.1", free_port(), socket_timeout=1, stack_timeout=1)
    bulk = Bulk(parameters, queues.FETCH, [Outgoing(b"{}", 0)] * 3)
    bulk.run(10)
    assert bulk.unconfirmed == [0, 1, 2]
    assert isinstance(bulk.error, pika.exceptions.AMQPError)


def test_a_connection_that_breaks_under_a_callback_leaves_what_was_not_confirmed(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_bulk: Bulk, _channel: object) -> None:
        raise pika.exceptions.ChannelWrongStateError

    monkeypatch.setattr(Bulk, "_publish", broken)
    bulk = Bulk(connection_parameters(BrokerSettings(amqp_url=amqp_url)), queues.FETCH, [Outgoing(b"{}", 0)] * 3)
    with warnings.catch_warnings():
        # The socket goes with the broken connection, unclosed by the library.
        warnings.simplefilter("ignore", ResourceWarning)
        bulk.run(10)
        assert bulk.unconfirmed == [0, 1, 2]
        assert isinstance(bulk.error, pika.exceptions.AMQPError)
        del bulk
        gc.collect()
