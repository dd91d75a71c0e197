"""Messages a second from the ledger to RabbitMQ: a whole country released, published and confirmed by the dispatcher.

The dispatcher and the ledger are those of the scheduler process, on PostgreSQL (durable) and RabbitMQ. Between two
looks at the ledger everything in hand is closed, as the rest of the pipeline would; that is not counted. Every
authority has a host group of its own: how fast those of a shared host go is for politeness to say.
"""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.output import parser, tell
from benchmarks.servers import broker_url, database_server_url
from services.contracts import queues
from services.contracts.messages import Message, Priority
from services.runtime.broker import BrokerPublisher
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import FixedClock
from services.runtime.logging import configure_logging
from services.runtime.rabbitmq import open_rabbitmq_broker
from services.runtime.settings import RuntimeSettings
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.frame.national import load_national_frame
from services.scheduler.handlers import Dispatcher
from services.scheduler.settings import SchedulerSettings
from tests.servers.postgres import fresh_engine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAME = "benchmark"
TARGET = 2_000


class Publications:
    """A publisher that notes how long it was at work."""

    def __init__(self, publisher: BrokerPublisher) -> None:
        self._publisher = publisher
        self.seconds = 0.0
        self.count = 0

    def publish_all(
        self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
    ) -> tuple[list[Message], BaseException | None]:
        """Publish, and note the time."""
        started = time.perf_counter()
        undone, error = self._publisher.publish_all(queue, actor, messages)
        self.seconds += time.perf_counter() - started
        self.count += len(messages) - len(undone)
        return undone, error


def close_everything(engine: Engine) -> None:
    """Close what is in hand, long enough ago for its host groups to have rested."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE audit SET state = 'measured', closed_at = :at, moved_at = :at WHERE state = 'released'"),
            {"at": NOON - timedelta(days=1)},
        )


def give_each_its_own_group(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit SET host_group = code || '.example'"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE audit"))


def release_all(tick: Callable[[], int], engine: Engine) -> float:
    """Release until nothing waits; return the seconds of the looks at the ledger."""
    seconds = 0.0
    while True:
        started = time.perf_counter()
        released = tick()
        seconds += time.perf_counter() - started
        if not released:
            return seconds
        close_everything(engine)


def measure(window: int) -> dict[str, Any]:
    """Release the country once."""
    campaign = Campaign(name=NAME, created_at=NOON, frame="national", seed=7)
    rows = plan(campaign, load_national_frame().authorities.values())
    waiting = sum(not row.state.closed for row in rows)
    with broker_url() as url, database_server_url() as database, fresh_engine(database) as engine:
        ledger = SqlLedger(engine)
        ledger.create(campaign, rows)
        give_each_its_own_group(engine)
        broker = open_rabbitmq_broker(BrokerSettings(amqp_url=url), (queues.FETCH,))
        broker.declare_queue(queues.FETCH, ensure=True)
        broker.flush(queues.FETCH)
        publications = Publications(BrokerPublisher(broker))
        dispatcher = Dispatcher(
            ledger,
            SqlHostRules(engine),
            publications,
            FixedClock(NOON),
            SchedulerSettings(window=window),
        )
        seconds = release_all(lambda: dispatcher.tick(NAME), engine)
        in_queue = broker.get_queue_message_counts(queues.FETCH)[0]
        broker.flush(queues.FETCH)
        broker.close()
    assert publications.count == in_queue == waiting, (publications.count, in_queue, waiting)
    rate = waiting / seconds
    return {
        "sites": waiting,
        "window": window,
        "seconds": seconds,
        "seconds_publishing": publications.seconds,
        "seconds_in_the_ledger": seconds - publications.seconds,
        "released_per_second": rate,
        "target_per_second": TARGET,
        "within_target": rate >= TARGET,
    }


def main() -> int:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--window", type=int, default=1_000, help="audits in hand at a time")
    given = options.parse_args()
    configure_logging(RuntimeSettings(log_level="error"))
    figures = measure(given.window)
    tell("release", figures, as_json=given.json)
    return 0 if figures["within_target"] else 1


if __name__ == "__main__":
    sys.exit(main())
