"""CPU-seconds a site of the four services on RabbitMQ, PostgreSQL and S3, against one embedded process.

The same synthetic sites are audited both ways, turn by turn. What every site costs is compared: all that the services
use from the moment they stand to their end, browsers included, against what a run uses beyond its start and its
study. Starting and publishing are reported apart, and so is what the servers use; the sites themselves are not
counted. Needs control groups, hence root.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.accounts import Account, accounts
from benchmarks.output import parser, tell
from services.cli.synthetic import Connection, synthetic_country
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.scheduler.adapters.ledger import SqlLedger
from tests.e2e.conftest import environment
from tests.e2e.distributed import CAMPAIGN, SEED, SERVICES, command, fetching, on_servers, process, verdicts
from tests.servers.postgres import fresh_database, private_postgres
from tests.servers.rabbitmq import RabbitmqServer
from tests.servers.swift import SwiftServer

SERVERS = ("rabbitmq", "postgresql", "swift")
TARGET = 1.15
CONCURRENCY = 4


class Servers:
    """The three servers, started once."""

    def __init__(self, around: ExitStack, folder: Path, counted: dict[str, Account]) -> None:
        with counted["rabbitmq"].joined():
            (folder / "rabbitmq").mkdir()
            self.rabbitmq = RabbitmqServer(folder / "rabbitmq")
            around.callback(self.rabbitmq.close)
            self.rabbitmq.start()
        with counted["postgresql"].joined():
            self.postgres = around.enter_context(private_postgres(durable=True))
        with counted["swift"].joined():
            self.store = SwiftServer(folder / "swift")
            around.callback(self.store.remove)
            self.store.start()


def run(words: list[str | Path], settings: dict[str, str]) -> None:
    """Run a command of ours to its end."""
    done = subprocess.run(  # noqa: S603  # our own command
        command(*words), env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def embedded(country: Connection, out: Path) -> dict[str, float]:
    """Audit the country in one process; return the CPU-seconds of the sites, and of all the rest."""
    words: list[str | Path] = ["run", "--targets", country.targets, "--seed", str(SEED), "--campaign", CAMPAIGN]
    words += ["--concurrency", str(CONCURRENCY), "--out", out]
    with accounts("first", "again") as counted:
        with counted["first"].joined():
            run(words, environment() | fetching(country))
        # Nothing is left to audit: the second time costs the start of the program and the study.
        with counted["again"].joined():
            run(words, environment() | fetching(country))
        rest = counted["again"].seconds()
        return {"sites": counted["first"].seconds() - rest, "rest": rest}


def distributed(country: Connection, servers: Servers, out: Path, logs: Path) -> dict[str, float]:
    """Audit the country with the four services.

    Return the CPU-seconds that each service spent on the sites, and of all the rest: starting them, the commands.
    """
    with fresh_database(servers.postgres.url) as database, accounts("commands", *SERVICES) as counted:
        settings = on_servers(country, database, servers.rabbitmq.new_virtual_host(), servers.store)
        settings |= {"AUDIT_WORKER_THREADS": str(CONCURRENCY), "AUDIT_WINDOW": str(CONCURRENCY)}
        targets: list[str | Path] = ["--targets", country.targets, "--seed", str(SEED), "--out", out]
        with counted["commands"].joined():
            run(["campaign", "create", CAMPAIGN, *targets], settings)
        with ExitStack() as running:
            for service in SERVICES:
                with counted[service].joined():
                    running.enter_context(process(service, settings, logs))
            while not all("worker started" in (logs / f"{service}.log").read_text() for service in SERVICES):
                time.sleep(0.2)
            started = {service: counted[service].seconds() for service in SERVICES}
            with counted["commands"].joined():
                run(["campaign", "start", CAMPAIGN, "--out", out], settings)
            wait_for_the_end(database)
        with counted["commands"].joined():
            run(["campaign", "publish", CAMPAIGN, "--out", out], settings)
        spent = {service: counted[service].seconds() - started[service] for service in SERVICES}
        return spent | {"rest": sum(started.values()) + counted["commands"].seconds()}


def wait_for_the_end(database: DatabaseSettings) -> None:
    """Wait until every audit of the campaign is closed."""
    engine = open_database(database)
    ledger = SqlLedger(engine)
    while not ledger.progress(CAMPAIGN).finished:
        time.sleep(0.5)
    engine.dispose()


@contextmanager
def everything(size: int, folder: Path, counted: dict[str, Account]) -> Iterator[tuple[Connection, Servers]]:
    """Serve the country and start the servers."""
    with ExitStack() as around:
        country = around.enter_context(
            synthetic_country(folder / "country", size=size, seed=SEED, showcase=False, clock=SystemClock())
        )
        yield country, Servers(around, folder, counted)


def measure(size: int, repetitions: int) -> dict[str, Any]:
    """Audit the country both ways, some times in turn."""
    alone: list[dict[str, float]] = []
    apart: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="audit-overhead-") as name, accounts(*SERVERS) as counted:
        folder = Path(name)
        with everything(size, folder, counted) as (country, servers):
            before = {server: counted[server].seconds() for server in SERVERS}
            for turn in range(repetitions):
                here = folder / str(turn)
                here.mkdir()
                alone.append(embedded(country, here / "embedded"))
                apart.append(distributed(country, servers, here / "distributed", here))
                assert verdicts(here / "embedded") == verdicts(here / "distributed")
            used = {server: (counted[server].seconds() - before[server]) / repetitions for server in SERVERS}
    return figures(size, alone, apart, used)


def figures(
    size: int, alone: list[dict[str, float]], apart: list[dict[str, float]], used: dict[str, float]
) -> dict[str, Any]:
    """Return the medians over the turns, and the ratios turn by turn."""
    services = [sum(turn[service] for service in SERVICES) for turn in apart]
    ratio = statistics.median(there / here["sites"] for there, here in zip(services, alone, strict=True))
    whole = statistics.median(
        sum(there.values()) / sum(here.values()) for there, here in zip(apart, alone, strict=True)
    )
    return {
        "sites": size,
        "repetitions": len(alone),
        "embedded_cpu_seconds_a_site": statistics.median(turn["sites"] for turn in alone) / size,
        "distributed_cpu_seconds_a_site": statistics.median(services) / size,
        **{f"{service}_cpu_seconds": statistics.median(turn[service] for turn in apart) for service in SERVICES},
        **{f"{server}_cpu_seconds_apart": used[server] for server in SERVERS},
        "embedded_cpu_seconds_of_start_and_study": statistics.median(turn["rest"] for turn in alone),
        "distributed_cpu_seconds_of_start_and_study": statistics.median(turn["rest"] for turn in apart),
        "ratio": ratio,
        "ratio_with_start_and_study": whole,
        "target": TARGET,
        "within_target": ratio <= TARGET,
    }


def main() -> int:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--size", type=int, default=40, help="authorities of the synthetic country")
    options.add_argument("--repetitions", type=int, default=1, help="turns; the medians are reported")
    given = options.parse_args()
    found = measure(given.size, given.repetitions)
    tell("overhead", found, as_json=given.json)
    return 0 if found["within_target"] else 1


if __name__ == "__main__":
    sys.exit(main())
