"""TLS to RabbitMQ, on a real TLS listener: a setting, and a proof of whom one talks to."""

from pathlib import Path

import pytest

from services.contracts import queues
from services.contracts.errors import BadInput, BrokerUnavailable
from services.contracts.messages import Priority
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.dead_letters import open_dead_letters
from services.runtime.rabbitmq import broker_server, open_rabbitmq_broker
from tests.runtime.worker_site import fetch
from tests.servers.certificates import CERTIFICATE, make_certificate
from tests.servers.rabbitmq import RabbitmqServer, private_rabbitmq

__all__ = ["private_rabbitmq"]


def settings(
    server: RabbitmqServer, *, host: str = "localhost", ca: Path | None = None, user: str = "guest"
) -> BrokerSettings:
    return BrokerSettings(amqp_url=f"amqps://{user}:guest@{host}:{server.tls_port}/%2F", amqp_ca_file=ca)


def test_messages_pass_over_tls_where_the_authority_vouches_for_the_server(private_rabbitmq: RabbitmqServer) -> None:
    over_tls = settings(private_rabbitmq, ca=private_rabbitmq.authority)
    broker_server(over_tls).check()
    broker = open_rabbitmq_broker(over_tls, (queues.FETCH,))
    BrokerPublisher(broker).publish(queues.FETCH, queues.FETCH_SITE, fetch("33001", ""))
    together = [(fetch(f"{place:05}", ""), Priority.CAMPAIGN) for place in range(40)]
    assert BrokerPublisher(broker).publish_all(queues.FETCH, queues.FETCH_SITE, together) == ([], None)
    assert broker.get_queue_message_counts(queues.FETCH) == (41, 0, 0)
    assert "tls" in private_rabbitmq.control("list_connections", "protocol", "ssl", "ssl_protocol")
    broker.flush(queues.FETCH)
    broker.close()


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("the system's authorities", "AUDIT_AMQP_CA_FILE: the certificate of localhost is not trusted: self-signed"),
        ("another authority", "AUDIT_AMQP_CA_FILE: the certificate of localhost is not trusted: self-signed"),
        ("another host", "AUDIT_AMQP_CA_FILE: the certificate of 127.0.0.1 is not trusted: IP address mismatch"),
    ],
)
def test_a_server_that_nobody_vouches_for_is_refused_with_the_setting(
    private_rabbitmq: RabbitmqServer, tmp_path: Path, case: str, problem: str
) -> None:
    make_certificate(tmp_path, "localhost")
    given = {
        "the system's authorities": settings(private_rabbitmq),
        "another authority": settings(private_rabbitmq, ca=tmp_path / CERTIFICATE),
        "another host": settings(private_rabbitmq, host="127.0.0.1", ca=private_rabbitmq.authority),
    }[case]
    with pytest.raises(BadInput, match=problem):
        broker_server(given).check()
    with pytest.raises(BadInput, match=problem), open_dead_letters(given):
        pass


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("amqp://nobody:guest@127.0.0.1:{port}/%2F", "AUDIT_AMQP_URL, AUDIT_AMQP_PASSWORD: 127.0.0.1 refuses the user"),
        (
            "amqp://guest:guest@127.0.0.1:{port}/nowhere",
            "AUDIT_AMQP_URL: 127.0.0.1 refuses the virtual host: .*nowhere",
        ),
    ],
)
def test_an_account_that_the_server_refuses_is_refused_with_the_setting(
    private_rabbitmq: RabbitmqServer, url: str, problem: str
) -> None:
    with pytest.raises(BadInput, match=problem):
        broker_server(BrokerSettings(amqp_url=url.format(port=private_rabbitmq.port))).check()


def test_a_server_that_does_not_answer_may_come_back() -> None:
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1 does not answer: .*refused"):
        broker_server(BrokerSettings(amqp_url="amqp://127.0.0.1:1/%2F")).check()


def test_a_listener_without_tls_is_not_talked_to_in_clear(private_rabbitmq: RabbitmqServer) -> None:
    url = f"amqps://guest:guest@localhost:{private_rabbitmq.port}/%2F"
    with pytest.raises(BrokerUnavailable, match="SSL"):
        broker_server(BrokerSettings(amqp_url=url)).check()
