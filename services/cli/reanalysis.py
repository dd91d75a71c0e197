"""Sending stored captures to the analyzers once more, through the queue that fetchers use."""

from collections.abc import Sequence

from services.contracts import queues
from services.contracts.messages import Priority, SiteCaptured
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.rabbitmq import open_rabbitmq_broker
from services.runtime.settings import read_settings

_BATCH = 1_000


def send_captures(captures: Sequence[SiteCaptured]) -> bool:
    """Publish captures, behind those of running campaigns; False where AUDIT_AMQP_URL names no broker.

    Raises BrokerUnavailable when some were not confirmed: the same command can be given again.
    """
    settings = read_settings(BrokerSettings)
    if "amqp_url" not in settings.model_fields_set:
        return False
    broker = open_rabbitmq_broker(settings, queues.WORK_QUEUES)
    try:
        publisher = BrokerPublisher(broker)
        for start in range(0, len(captures), _BATCH):
            batch = [(capture, Priority.CAMPAIGN) for capture in captures[start : start + _BATCH]]
            _, error = publisher.publish_all(queues.ANALYZE, queues.ANALYZE_SITE, batch)
            if error is not None:
                raise error
    finally:
        broker.close()
    return True
