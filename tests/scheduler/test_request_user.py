"""The broker user of requesters, made as the operator guide says: it may publish requests, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pika
import pika.exceptions
import pytest

from services.contracts import queues
from services.contracts.errors import BadInput
from services.runtime.broker_settings import BrokerSettings
from services.runtime.request_queue import declare_request_queue, publish_request
from tests.docs.pages import control_lines
from tests.servers.rabbitmq import RabbitmqServer, private_rabbitmq

__all__ = ["private_rabbitmq"]


@pytest.fixture(scope="module")
def administrator(private_rabbitmq: RabbitmqServer) -> Iterator[str]:
    """Return the address of a virtual host with the queues of requests and of work, as its administrator."""
    url = private_rabbitmq.new_virtual_host()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        declare_request_queue(channel)
        channel.queue_declare(queues.FETCH, durable=True, arguments=queues.work_arguments("x"))
    for line in control_lines("docs/operator-guide.md"):
        private_rabbitmq.control(*(word.replace("VHOST", url.rpartition("/")[2]) for word in line))
    yield url
    private_rabbitmq.control("delete_user", "requester")


@pytest.fixture
def requester(administrator: str) -> str:
    return administrator.replace("guest:guest", "requester:PASSWORD")


FORBIDDEN: dict[str, Callable[[Any], Any]] = {
    "publish to a work queue": lambda c: c.basic_publish("", queues.FETCH, b"{}", mandatory=True),
    "publish to the default exchange": lambda c: c.basic_publish("", queues.REQUESTS, b"{}", mandatory=True),
    "publish to another exchange": lambda c: c.basic_publish("amq.direct", queues.FETCH, b"{}"),
    "read a request": lambda c: c.basic_get(queues.REQUESTS),
    "consume the requests": lambda c: c.basic_consume(queues.REQUESTS, print),
    "read the refused": lambda c: c.basic_get(queues.REQUESTS_REJECTED),
    "consume work": lambda c: c.basic_consume(queues.FETCH, print),
    "purge the requests": lambda c: c.queue_purge(queues.REQUESTS),
    "purge work": lambda c: c.queue_purge(queues.FETCH),
    "delete the requests": lambda c: c.queue_delete(queues.REQUESTS),
    "make a queue": lambda c: c.queue_declare("mine"),
    "make a queue of the server's naming": lambda c: c.queue_declare("", exclusive=True),
    "make an exchange": lambda c: c.exchange_declare("mine"),
    "delete the exchange": lambda c: c.exchange_delete(queues.REQUESTS_EXCHANGE),
    "route other messages here": lambda c: c.queue_bind(queues.REQUESTS, "amq.topic"),
    "route the requests elsewhere": lambda c: c.exchange_bind("amq.fanout", queues.REQUESTS_EXCHANGE),
    "cut the queue off": lambda c: c.queue_unbind(queues.REQUESTS, queues.REQUESTS_EXCHANGE),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_requester_may_not(what: str, requester: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(requester)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            FORBIDDEN[what](channel)
    assert refused.value.reply_code == 403


def test_a_requester_may_publish_requests(requester: str, administrator: str) -> None:
    publish_request(BrokerSettings(amqp_url=requester), b"{}", "r-1")
    # Copies that a header asks for stay within the exchange.
    with pika.BlockingConnection(pika.URLParameters(requester)) as connection:
        properties = pika.BasicProperties(headers={"CC": [queues.FETCH], "BCC": [queues.FETCH]})
        connection.channel().basic_publish(queues.REQUESTS_EXCHANGE, queues.FETCH, b"{}", properties)
    with pika.BlockingConnection(pika.URLParameters(administrator)) as connection:
        channel = connection.channel()
        (method, properties, _) = channel.basic_get(queues.REQUESTS, auto_ack=True)
        assert (method.routing_key, properties.message_id) == ("", "r-1")
        assert channel.queue_declare(queues.REQUESTS, passive=True).method.message_count == 1
        assert channel.queue_declare(queues.FETCH, passive=True).method.message_count == 0


def test_who_may_not_even_publish_is_told_so(administrator: str, private_rabbitmq: RabbitmqServer) -> None:
    private_rabbitmq.control("add_user", "stranger", "PASSWORD")
    private_rabbitmq.control("set_permissions", "-p", administrator.rpartition("/")[2], "stranger", "^$", "^$", "^$")
    url = administrator.replace("guest:guest", "stranger:PASSWORD")
    with pytest.raises(BadInput, match=r"AUDIT_AMQP_URL.*does not let this user publish"):
        publish_request(BrokerSettings(amqp_url=url), b"{}", "r-1")
    private_rabbitmq.control("delete_user", "stranger")


def test_a_broker_where_no_scheduler_ever_ran_is_told_apart(private_rabbitmq: RabbitmqServer) -> None:
    url = private_rabbitmq.new_virtual_host()
    with pytest.raises(BadInput, match="start the scheduler once"):
        publish_request(BrokerSettings(amqp_url=url), b"{}", "r-1")
