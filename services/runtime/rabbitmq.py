"""The broker on RabbitMQ: dramatiq's, made to lose nothing. Each countermeasure is argued in ``docs/broker.md``."""

# mypy: disable-error-code="import-untyped, no-untyped-call"
import random
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import pika
import pika.exceptions
from dramatiq import Broker, Consumer, MessageProxy
from dramatiq import Message as Envelope
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.common import xq_name
from dramatiq.errors import BrokerError, ConnectionClosed
from dramatiq.middleware import CurrentMessage, Retries, ShutdownNotifications, TimeLimit
from dramatiq.middleware.shutdown import Shutdown

from services.contracts import queues
from services.contracts.errors import BadInput, BrokerUnavailable
from services.runtime import broker as kit
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker_errors import reason, unusable
from services.runtime.broker_settings import BrokerSettings
from services.runtime.bulk import Bulk, Outgoing
from services.runtime.clock import SystemClock
from services.runtime.exclusive import Exclusive
from services.runtime.logging import get_logger
from services.runtime.message_marks import GIVEN_BACK, LOST
from services.runtime.message_measures import MessageMeasures
from services.runtime.message_metrics import SERVER_READY, ServerName
from services.runtime.message_traces import MessageTraces
from services.runtime.servers import Server, ServerAway, Servers

_log = get_logger(__name__)
_FIRST_DELAY = 0.25


class SafeRetries(Retries):
    """Retries that lose nothing: dramatiq acknowledges a message whose retry it failed to enqueue."""

    def __init__(self, draining: kit.Draining) -> None:
        super().__init__(
            max_retries=kit.MAX_RETRIES,
            min_backoff=kit.MIN_BACKOFF_MS,
            max_backoff=kit.MAX_BACKOFF_MS,
            retry_when=kit.is_worth_retrying,
        )
        self._draining = draining

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,  # noqa: ANN401
        exception: BaseException | None = None,
    ) -> None:
        """Enqueue the retry. Where the server refuses it the message is a dead letter, else it is given back."""
        if exception is None:
            return
        if isinstance(exception, Shutdown | ServerAway) or _is_unreachable(exception) or self._draining.begun():
            message.options[GIVEN_BACK] = True
            return
        try:
            super().after_process_message(broker, message, result=result, exception=exception)
        except ConnectionClosed as error:
            if _is_unreachable(error):
                # Nothing is wrong with the message: the server is away, or takes no publications for a while.
                message.options[GIVEN_BACK] = True
            else:
                message.fail()
            raise
        except Exception:
            message.fail()
            raise


def _is_unreachable(error: BaseException) -> bool:
    """Whether a publication failed because the server did not answer, rather than would not have it."""
    if not isinstance(error, ConnectionClosed):
        return False
    while isinstance(error, ConnectionClosed) and isinstance(error.message, BaseException):
        error = error.message
    return not isinstance(error, pika.exceptions.NackError | pika.exceptions.UnroutableError)


class AuditConsumer(_RabbitmqConsumer):
    """A consumer that answers only for its own deliveries, can give one back, and stops taking when we stop."""

    def __init__(self, broker: "AuditBroker", queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self._draining = broker.draining
        self._pause = timeout / 1000
        self._cancelled = False
        self._mine: dict[int, MessageProxy] = {}

    def __next__(self) -> MessageProxy | None:
        """Return the next message; None when there is none for now, and always once we are stopping."""
        if not self._draining.begun():
            message: MessageProxy | None = super().__next__()
            if message is not None:
                self._mine[message._tag] = message  # noqa: SLF001  # dramatiq's delivery tag
            return message
        try:
            if not self._cancelled:
                self._cancelled = True
                self.channel.cancel()
            # Heartbeats and the acknowledgements of running work still pass.
            self.connection.process_data_events(time_limit=self._pause)
        except (pika.exceptions.AMQPConnectionError, pika.exceptions.AMQPChannelError) as error:
            raise ConnectionClosed(error) from None
        return None

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge a message, or give it back when it is marked so."""
        if not self._claim(message):
            return
        if message.options.pop(GIVEN_BACK, False):
            self._requeue(message)
        else:
            super().ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Send a message to the dead letters."""
        if self._claim(message):
            super().nack(message)

    def _claim(self, message: MessageProxy) -> bool:
        """Whether this connection delivered the message.

        Delivery tags are small numbers that start again on every connection: after a reconnection the tag
        of an old delivery would acknowledge another message, which would be lost.
        """
        if self._mine.pop(message._tag, None) is message:  # noqa: SLF001
            return True
        message.options[LOST] = True
        _log.warning("the connection was lost while the message was worked on; it is delivered again")
        return False

    def _requeue(self, message: MessageProxy) -> None:
        tag = message._tag  # noqa: SLF001
        self.known_tags.discard(tag)
        try:
            self.connection.add_callback_threadsafe(lambda: self.channel.basic_nack(tag, requeue=True))
        except pika.exceptions.AMQPConnectionError:
            _log.info("the connection is gone, and with it our claim on the message")


class AuditBroker(RabbitmqBroker):
    """dramatiq's RabbitMQ broker with our queues, confirmed publications and patience."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        draining: kit.Draining,
        resources: kit.LoopResources,
        attempts: AttemptMarkers | None,
        servers: Servers | None,
    ) -> None:
        markers = [attempts] if attempts is not None else []
        gate = [servers] if servers is not None else []
        super().__init__(
            confirm_delivery=True,
            max_priority=queues.MAX_PRIORITY,
            # What comes last runs first after a message: the retry must not be interrupted by a shutdown.
            middleware=[
                *markers,
                draining,
                *gate,
                Exclusive(draining, attempts),
                MessageMeasures(SystemClock()),
                TimeLimit(time_limit=kit.TIME_LIMIT_MS),
                CurrentMessage(),
                SafeRetries(draining),
                kit.Correlation(),
                MessageTraces(),
                kit.DaemonAsyncIO(),
                resources,
                ShutdownNotifications(notify_shutdown=True),
            ],
        )
        parameters = connection_parameters(settings)
        self.parameters, self._host = parameters, parameters.host
        self.draining = draining
        self.threads = 1
        """How many messages of a queue this process works on at a time; none waits in its memory."""
        self._resources = resources
        self._settings = settings
        self._failures: dict[str, int] = {}
        """Of each queue that is or should be consumed: how often that failed since it last succeeded."""

    @property
    def consumer_class(self) -> type[AuditConsumer]:
        """The consumer of every queue."""
        return AuditConsumer

    @property
    def ready(self) -> bool:
        """Whether messages come in: queues are consumed, and the last attempt at each succeeded."""
        return bool(self._failures) and not any(self._failures.values()) and not self.draining.begun()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Open a consumer. Raises ConnectionClosed after a wait that grows with each failure.

        The prefetch of a work queue is the number of threads whatever the caller says: dramatiq reads it
        from the environment when it is imported, and a message that waits in memory cannot be overtaken.
        """
        if self.draining.begun() or self._resources.failure is not None:
            raise ConnectionClosed("this process takes no work")
        try:
            wanted = prefetch if queue_name in self.delay_queues else self.threads
            consumer = super().consume(queue_name, wanted, timeout)
        except (ConnectionClosed, OSError, pika.exceptions.AMQPError) as error:
            failures = self._failures.get(queue_name, 0) + 1
            self._failures[queue_name] = failures
            problem = unusable(error, self._host) or error
            _log.warning("the broker cannot be reached", queue=queue_name, failures=failures, error=reason(problem))
            self.draining.begun(within=self._delay(failures))
            raise ConnectionClosed(error) from None
        self._failures[queue_name] = 0
        return consumer

    def enqueue(self, message: Envelope[Any], *, delay: int | None = None) -> Envelope[Any]:
        """Publish a message and return once the broker has confirmed it.

        Tried again while the broker cannot be reached, for as long as the settings say and we are not
        stopping; then raises ConnectionClosed.
        """
        deadline, failures = time.monotonic() + self._settings.amqp_publish_patience, 0
        while True:
            try:
                return super().enqueue(message, delay=delay)
            except (ConnectionClosed, OSError) as error:
                failures += 1
                pause = self._delay(failures)
                if self.draining.begun() or time.monotonic() + pause > deadline:
                    raise ConnectionClosed(error) from error
                _log.warning("a message could not be published yet", queue=message.queue_name, error=str(error))
                self.draining.begun(within=pause)

    def enqueue_all(self, messages: Sequence[Envelope[Any]]) -> tuple[list[int], BaseException | None]:
        """Publish messages of one queue together; return the places of those that were not confirmed, and why.

        Tried once: whoever has many messages has a ledger that sends them again.
        """
        queue = messages[0].queue_name
        try:
            self.declare_queue(queue, ensure=True)
        except (BrokerError, pika.exceptions.AMQPError, OSError) as error:
            return list(range(len(messages))), ConnectionClosed(error)
        for message in messages:
            self.emit_before("enqueue", message, None)
        outgoing = [Outgoing(message.encode(), message.options["broker_priority"]) for message in messages]
        bulk = Bulk(self.parameters, queue, outgoing)
        # A server that takes nothing, or is dead, is noticed before: blocked timeout, heartbeats.
        bulk.run(self._settings.amqp_blocked_timeout + 3 * self._settings.amqp_heartbeat)
        left = set(bulk.unconfirmed)
        for place, message in enumerate(messages):
            if place not in left:
                self.emit_after("enqueue", message, None)
        if not left:
            return [], None
        # Where the queue was deleted it is declared again next time.
        self.queues_pending.add(queue)
        return sorted(left), ConnectionClosed(bulk.error)

    def _delay(self, failures: int) -> float:
        longest = min(self._settings.amqp_max_reconnect_delay, _FIRST_DELAY * 2 ** min(failures, 20))
        return random.uniform(longest / 2, longest)

    def _build_queue_arguments(self, queue_name: str) -> dict[str, str | int]:
        return queues.work_arguments(xq_name(queue_name))

    def _declare_xq_queue(self, queue_name: str) -> Any:  # noqa: ANN401  # pika's frame
        return self.channel.queue_declare(
            queue=xq_name(queue_name), durable=True, arguments=queues.dead_letter_arguments()
        )


def open_rabbitmq_broker(
    settings: BrokerSettings,
    names: Iterable[str],
    *,
    resources: kit.LoopResources | None = None,
    attempts: AttemptMarkers | None = None,
    servers: Servers | None = None,
) -> AuditBroker:
    """Return a broker with our middleware that consumes these queues; it connects when it is used.

    With ``attempts``, a message that kills its process is fenced; with ``servers``, work waits while one of them is
    away. Raises BadInput for unusable settings.
    """
    broker = AuditBroker(
        settings,
        draining=kit.Draining(),
        resources=resources or kit.LoopResources(),
        attempts=attempts,
        servers=servers,
    )
    for name in names:
        broker.declare_queue(name)
    # Nobody pings the broker: its consumers know how it stands.
    SERVER_READY.follow(lambda: float(broker.ready), server=ServerName.BROKER)
    return broker


def broker_server(settings: BrokerSettings) -> Server:
    """Return the broker as a server to wait for at the start; later its consumers say how it stands."""
    parameters = connection_parameters(settings)

    def connect() -> None:
        try:
            pika.BlockingConnection(parameters).close()
        except (pika.exceptions.AMQPError, OSError) as error:
            away = BrokerUnavailable(f"the broker at {parameters.host} does not answer: {reason(error)}")
            raise unusable(error, parameters.host) or away from error

    return Server(ServerName.BROKER, connect, ping=lambda: None)


def connection_parameters(settings: BrokerSettings) -> pika.ConnectionParameters:
    """Return how to connect, for our own pika clients too. Raises BadInput naming the variable."""
    try:
        parts = urlsplit(settings.amqp_url)
        if parts.scheme not in {"amqp", "amqps"}:
            raise BadInput("AUDIT_AMQP_URL: expected amqp://USER@HOST:PORT/VHOST or amqps://…")
        host = parts.netloc.rpartition("@")[2]
        parameters = pika.URLParameters(urlunsplit((parts.scheme, host, parts.path, parts.query, "")))
        password = _password(settings) or unquote(parts.password or "guest")
        parameters.credentials = pika.PlainCredentials(unquote(parts.username or "guest"), password)
        parameters.ssl_options = _tls(settings, parameters.host) if parts.scheme == "amqps" else None
    except ValueError as error:
        raise BadInput(f"AUDIT_AMQP_URL: {error}") from error
    parameters.heartbeat = settings.amqp_heartbeat
    parameters.blocked_connection_timeout = settings.amqp_blocked_timeout
    parameters.socket_timeout = settings.amqp_connect_timeout
    parameters.stack_timeout = settings.amqp_connect_timeout * 1.5
    return parameters


def _password(settings: BrokerSettings) -> str | None:
    if settings.amqp_password_file is not None:
        try:
            return settings.amqp_password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadInput(f"AUDIT_AMQP_PASSWORD_FILE: {error}") from error
    return settings.amqp_password.get_secret_value() if settings.amqp_password is not None else None


def _tls(settings: BrokerSettings, host: str) -> pika.SSLOptions:
    try:
        context = ssl.create_default_context(cafile=settings.amqp_ca_file)
        if settings.amqp_client_certificate is not None:
            context.load_cert_chain(settings.amqp_client_certificate, settings.amqp_client_key)
    except OSError as error:
        raise BadInput(f"AUDIT_AMQP_CA_FILE, AUDIT_AMQP_CLIENT_CERTIFICATE or its key: {error}") from error
    return pika.SSLOptions(context, host)
