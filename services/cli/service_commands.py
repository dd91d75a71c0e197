"""``commune-audit scheduler | fetcher | analyzer | aggregator``: one service, one process."""

import typer

from services.aggregator.__main__ import main as run_aggregator
from services.analyzer.__main__ import main as run_analyzer
from services.analyzer.rules import current_rule_set
from services.fetcher.__main__ import main as run_fetcher
from services.fetcher.domain.page_plan import plan_version
from services.scheduler.__main__ import main as run_scheduler


def scheduler() -> None:
    """Run the scheduler: database and RabbitMQ.

    Releases the audits of every unfinished campaign and closes them; plans the campaigns that repeat. SIGTERM
    drains.
    """
    raise typer.Exit(run_scheduler(page_plan=plan_version(), rule_set=current_rule_set().version))


def fetcher() -> None:
    """Run a fetcher: RabbitMQ and the store.

    Captures sites; add processes for more. SIGTERM drains: running sites finish or are given back.
    """
    raise typer.Exit(run_fetcher())


def analyzer() -> None:
    """Run an analyzer: RabbitMQ and the store.

    Judges captures; add processes for more. SIGTERM drains.
    """
    raise typer.Exit(run_analyzer())


def aggregator() -> None:
    """Run the aggregator: database, RabbitMQ, store.

    Records verdicts. SIGTERM drains.
    """
    raise typer.Exit(run_aggregator())
