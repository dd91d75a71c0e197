"""``commune-audit scheduler | fetcher | analyzer | aggregator``: one service, one process."""

import importlib


def scheduler() -> int:
    """Run the scheduler: database and RabbitMQ.

    Releases the audits of every unfinished campaign and closes them; plans the campaigns that repeat. SIGTERM
    drains.
    """
    return start("scheduler")


def fetcher() -> int:
    """Run a fetcher: RabbitMQ and the store.

    Captures sites; add processes for more. SIGTERM drains: running sites finish or are given back.
    """
    return start("fetcher")


def analyzer() -> int:
    """Run an analyzer: RabbitMQ and the store.

    Judges captures; add processes for more. SIGTERM drains.
    """
    return start("analyzer")


def aggregator() -> int:
    """Run the aggregator: database, RabbitMQ, store.

    Records verdicts. SIGTERM drains.
    """
    return start("aggregator")


SERVICES = (scheduler, fetcher, analyzer, aggregator)


def start(service: str) -> int:
    """Run a service to its end and return its exit code; only its own code is imported."""
    code: int = importlib.import_module(f"services.{service}.__main__").main()
    return code
