"""Queue and actor names, and what a queue is declared with: the only place where a routing string is written.

The arguments of a queue can never change once it exists (the server answers 406), so its name carries a
version and its arguments are decided here. The reasons and experiments are in ``docs/broker.md``.
"""

from typing import Final

FETCH: Final = "audit.fetch.v1"
ANALYZE: Final = "audit.analyze.v1"
AGGREGATE: Final = "audit.aggregate.v1"
LEDGER: Final = "audit.ledger.v1"

REQUESTS: Final = "audit.requests"
"""Requests for re-audits: plain JSON from any AMQP client, no actor's messages."""
REQUESTS_EXCHANGE: Final = "audit.requests"
"""Where to publish a request: a fanout, so that no routing key loses one, and all that a requester's user may reach."""
REQUESTS_REJECTED: Final = "audit.requests.rejected"
"""Requests that were refused, with the headers ``reason`` (a ``Rejection``) and ``detail``."""

FETCH_SITE: Final = "fetch_site"
ANALYZE_SITE: Final = "analyze_site"
RECORD_VERDICTS: Final = "record_verdicts"
CLOSE_AUDIT: Final = "close_audit"

WORK_QUEUES: Final = (FETCH, ANALYZE, AGGREGATE, LEDGER)
"""The queues between services."""

MAX_PRIORITY: Final = 2
"""The highest ``Priority`` a work queue distinguishes."""
DEAD_LETTER_MS: Final = 30 * 24 * 3600 * 1000
"""How long a dead message is kept: 30 days."""


def work_arguments(dead_letters: str) -> dict[str, str | int]:
    """Return the arguments of a work queue, or of its delay queue, whose refused messages go to ``dead_letters``."""
    return {
        "x-queue-type": "classic",
        "x-max-priority": MAX_PRIORITY,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_letters,
    }


def dead_letter_arguments() -> dict[str, str | int]:
    """Return the arguments of a queue of dead letters."""
    return {"x-queue-type": "classic", "x-message-ttl": DEAD_LETTER_MS}


def request_arguments() -> dict[str, str | int]:
    """Return the arguments of the queue of requests: replicated, because nothing can make a lost one again.

    A request that is delivered four times without an answer is moved to the rejected ones by the server.
    """
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": 3,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": REQUESTS_REJECTED,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
