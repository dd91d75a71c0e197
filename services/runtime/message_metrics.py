"""What every service measures: its messages (rate, errors, duration), its workers, its servers, its store."""

from enum import StrEnum
from typing import Final

from services.contracts import queues
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.runtime.metrics import MetricTable

STEPS: Final = (queues.FETCH_SITE, queues.ANALYZE_SITE, queues.RECORD_VERDICTS, queues.CLOSE_AUDIT)
PRIORITIES: Final = tuple(priority.name.lower() for priority in Priority)


class Outcome(StrEnum):
    """How the handling of a message ended."""

    OK = "ok"
    RETRY = "retry"
    DEAD = "dead"
    GIVEN_BACK = "given_back"


class ServerName(StrEnum):
    """The servers a process may need."""

    BROKER = "broker"
    DATABASE = "database"
    STORE = "artefact_store"


class StoreOperation(StrEnum):
    """What is asked of the artefact store."""

    PUT = "put"
    GET = "get"
    EXISTS = "exists"
    LIST = "list"
    DELETE = "delete"


class Result(StrEnum):
    """Whether something worked."""

    OK = "ok"
    FAILED = "failed"


PROCESS: Final = MetricTable("Every service")

MESSAGES = PROCESS.counter(
    "audit_messages_total",
    "Messages handled, by how that ended; what is given back was interrupted and counts for nothing.",
    action="More than one in ten retried or dead: see audit_message_failures_total for the kind.",
    step=STEPS,
    outcome=Outcome,
)
MESSAGE_FAILURES = PROCESS.counter(
    "audit_message_failures_total",
    "Failures of the handling of a message, by kind; a site that is down is no failure of the handling.",
    action="Look for `message failed` with this kind in the logs of the step's service.",
    step=STEPS,
    kind=Reason,
)
MESSAGE_SECONDS = PROCESS.histogram(
    "audit_message_duration_seconds",
    "Time from the start to the end of the handling of a message.",
    action="Slower than usual: see the stages of a site and the store's durations.",
    unit="seconds",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
    step=STEPS,
)
MESSAGE_WAIT = PROCESS.histogram(
    "audit_message_wait_seconds",
    "Time from the publication of a message, or from the time its retry was due, to the start of its handling.",
    action="Growing for on_demand: add replicas of the step's service, or see what holds its slots.",
    unit="seconds",
    buckets=(0.1, 1, 5, 15, 60, 300, 900, 3600, 21600, 86400),
    step=STEPS,
    priority=PRIORITIES,
)
IN_PROGRESS = PROCESS.gauge(
    "audit_messages_in_progress",
    "Messages that are worked on now.",
    action="At audit_worker_slots for long: the service is saturated; at 0 with a queue that grows: it is stuck.",
    step=STEPS,
)
SLOTS = PROCESS.gauge(
    "audit_worker_slots",
    "Messages that this process may work on at a time.",
    action="Change AUDIT_WORKER_THREADS, or add replicas.",
)
PUBLICATIONS = PROCESS.counter(
    "audit_publications_total",
    "Messages published to the broker, and whether it confirmed them.",
    action="Failures: see the broker's alarms; nothing is lost, the ledger sends again.",
    result=Result,
)
SERVER_READY = PROCESS.gauge(
    "audit_server_ready",
    "1 while a server that this process needs answers, else 0; 1 where the process does not need it.",
    action="0: the process waits for it and works on nothing.",
    server=ServerName,
)
for _server in ServerName:
    SERVER_READY.set(1, server=_server)
READY = PROCESS.gauge(
    "audit_ready",
    "What /readyz says: 1 when the process can work, else 0.",
    action="0 for long: see audit_server_ready, then the first lines of the log.",
)
STORE_OPERATIONS = PROCESS.counter(
    "audit_artefact_operations_total",
    "Operations on the artefact store and whether they worked, after their retries; a missing artefact is no failure.",
    action="Failures above 5 %: the store is in trouble, and audits wait for it.",
    operation=StoreOperation,
    result=Result,
)
STORE_SECONDS = PROCESS.histogram(
    "audit_artefact_duration_seconds",
    "Time that operations on the artefact store took, retries included.",
    action="Growing: the store, or the way to it, is slow.",
    unit="seconds",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    operation=StoreOperation,
)
STORE_BYTES = PROCESS.counter(
    "audit_artefact_bytes_total",
    "Bytes stored and read, before compression.",
    action="Compare with the forecast of `campaign create --dry-run`.",
    unit="bytes",
    operation=(StoreOperation.PUT, StoreOperation.GET),
)
PROCESS.process()
