"""What the tests of the four service processes share: servers, processes, a campaign, and what it must end as."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from services.cli.synthetic import Connection
from services.runtime.database_settings import DatabaseSettings
from tests.e2e.conftest import environment, untimed_statistics, untimed_verdicts
from tests.servers.postgres import fresh_database
from tests.servers.swift import S3Server

SEED = 5
SERVICES = ("scheduler", "fetcher", "analyzer", "aggregator")
CAMPAIGN = "synthetic"


def fetching(country: Connection) -> dict[str, str]:
    """Return the fetcher's settings for a synthetic country, as an embedded run has them, but for a lighter visit.

    What travels between the services is of interest here, not each page and picture: whole visits are compared with
    the known truth elsewhere.
    """
    rules = ",".join(f'"{rule}"' for rule in country.resolve)
    return {
        "AUDIT_RESOLVE": f"[{rules}]",
        "AUDIT_DNS_SERVER": country.dns_server,
        "AUDIT_TRUSTED_CA": str(country.trusted_ca),
        "AUDIT_REQUEST_INTERVAL": "0.05",
        "AUDIT_ATTEMPT_INTERVAL": "0.2",
        "AUDIT_PAGE_TIMEOUT": "8",
        "AUDIT_CONNECT_TIMEOUT": "3",
        "AUDIT_SITE_BUDGET": "60",
        "AUDIT_MAX_PAGES": "5",
        "AUDIT_FULL_PICTURES": "none",
        "AUDIT_AXE": "none",
    }


def on_servers(
    country: Connection, database: DatabaseSettings, amqp_url: str, store: S3Server, endpoint: str | None = None
) -> dict[str, str]:
    """Return the environment of the service processes on these servers, with a bucket of their own."""
    assert database.database_url is not None
    return (
        environment()
        | fetching(country)
        | {
            "AUDIT_DATABASE_URL": database.database_url.get_secret_value(),
            "AUDIT_AMQP_URL": amqp_url,
            "AUDIT_STORE_URL": f"s3://{store.new_bucket()}",
            "AUDIT_S3_ENDPOINT_URL": endpoint or store.endpoint,
            "AUDIT_S3_REGION": store.region,
            "AUDIT_S3_ACCESS_KEY": store.access_key,
            "AUDIT_S3_SECRET_KEY": store.secret_key,
            "AUDIT_WORKER_THREADS": "4",
            "AUDIT_STOP_GRACE": "60",
        }
    )


@pytest.fixture
def services(postgres: URL, amqp_url: str, s3_server: S3Server, country: Connection) -> Iterator[dict[str, str]]:
    """Return the environment of the service processes, on the servers of the session."""
    with fresh_database(postgres) as database:
        yield on_servers(country, database, amqp_url, s3_server)


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "services.cli", *map(str, words)]


def run(environment: dict[str, str], *words: str | Path) -> str:
    result = subprocess.run(command(*words), env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@contextmanager
def process(service: str, environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one service; at the end SIGTERM must end it with exit code 0, unless the test killed it before."""
    # Database credentials are not for services that do not need them.
    if service in ("fetcher", "analyzer"):
        environment = {name: value for name, value in environment.items() if name != "AUDIT_DATABASE_URL"}
    with (log / f"{service}.log").open("ab") as output:
        child = subprocess.Popen(command(service), env=environment, stdout=output, stderr=output)
        try:
            yield child
        finally:
            killed = child.poll() == -signal.SIGKILL
            child.send_signal(signal.SIGTERM)
            try:
                code = child.wait(timeout=90)
            except subprocess.TimeoutExpired:
                child.kill()
                raise
    assert killed or code == 0, (log / f"{service}.log").read_text(errors="replace")[-3000:]


def finish(environment: dict[str, str], out: Path, log: Path) -> str:
    deadline = time.monotonic() + 240
    while True:
        equation = run(environment, "campaign", "status", CAMPAIGN, "--out", out)
        if "waiting" not in equation.splitlines()[-1]:
            return equation
        logs = {path.name: path.read_text(errors="replace")[-1500:] for path in log.glob("*.log")}
        assert time.monotonic() < deadline, f"{equation}\n{logs}"
        time.sleep(2)


def verdicts(out: Path) -> list[tuple[object, ...]]:
    return untimed_verdicts(out)


@pytest.fixture(scope="module")
def embedded(country: Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what one undisturbed process made of the same country."""
    out = tmp_path_factory.mktemp("embedded") / "out"
    alone = environment() | fetching(country)
    run(alone, "run", "--targets", country.targets, "--seed", str(SEED), "--campaign", CAMPAIGN, "--out", out)
    return out


def begin(environment: dict[str, str], country: Connection, out: Path) -> None:
    """Plan and start the campaign on the services' servers."""
    targets = ("--targets", country.targets, "--seed", str(SEED))
    run(environment, "campaign", "create", CAMPAIGN, *targets, "--out", out)
    run(environment, "campaign", "start", CAMPAIGN, "--out", out)


def assert_same_study(environment: dict[str, str], embedded: Path, out: Path) -> None:
    run(environment, "campaign", "publish", CAMPAIGN, "--out", out)
    assert verdicts(out) == verdicts(embedded)
    assert untimed_statistics(out) == untimed_statistics(embedded)
