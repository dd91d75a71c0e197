"""The queue of requests for re-audits on RabbitMQ: how it is made, and how one is published."""

# mypy: disable-error-code="import-untyped, no-untyped-call"
import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from services.contracts import queues
from services.contracts.errors import BadInput, BrokerUnavailable
from services.runtime.broker_settings import BrokerSettings
from services.runtime.rabbitmq import connection_parameters

_NOT_FOUND = 404
_REFUSED = 403


def declare_request_queue(channel: BlockingChannel) -> None:
    """Make the exchange, the queue and the queue of the refused, as far as they are not there.

    Requesters publish to an exchange of its own name because the server checks permissions on exchanges: who may
    write to the default exchange may write to every queue.
    """
    channel.queue_declare(queues.REQUESTS_REJECTED, durable=True, arguments=queues.dead_letter_arguments())
    channel.exchange_declare(queues.REQUESTS_EXCHANGE, "fanout", durable=True)
    channel.queue_declare(queues.REQUESTS, durable=True, arguments=queues.request_arguments())
    channel.queue_bind(queues.REQUESTS, queues.REQUESTS_EXCHANGE)


def publish_request(settings: BrokerSettings, body: bytes, request_id: str) -> None:
    """Publish a request and return once the server keeps it; the right to publish to the exchange is enough.

    Raises BrokerUnavailable, or BadInput when the broker's user may not or the scheduler was never started there.
    """
    parameters = connection_parameters(settings)
    properties = pika.BasicProperties(message_id=request_id, content_type="application/json")
    where = f"AUDIT_AMQP_URL: the broker at {parameters.host}:{parameters.port}"
    try:
        with pika.BlockingConnection(parameters) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.basic_publish(queues.REQUESTS_EXCHANGE, "", body, properties, mandatory=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code == _NOT_FOUND:
            raise BadInput(f"{where} has no exchange {queues.REQUESTS_EXCHANGE}: start the scheduler once") from error
        if error.reply_code == _REFUSED:
            raise BadInput(f"{where} does not let this user publish to {queues.REQUESTS_EXCHANGE}") from error
        raise BrokerUnavailable(f"{where} closed the channel: {error.reply_text}") from error
    except pika.exceptions.UnroutableError as error:
        raise BadInput(f"{where} has no queue {queues.REQUESTS}: start the scheduler once") from error
    except (pika.exceptions.AMQPError, OSError) as error:
        raise BrokerUnavailable(f"{where} is not available: {(str(error) or repr(error))[:300]}") from error
