"""Four processes, RabbitMQ and PostgreSQL scraped by a real Prometheus: every query of the dashboards and rules has
data, and what it says is what the database says."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import URL, func, make_url, select

from services.aggregator.domain.headlines import baseline
from services.cli.canary_metrics import CANARY
from services.cli.synthetic import Connection, synthetic_country
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.health import serve_health
from services.runtime.request_queue import publish_request
from services.runtime.tables import VERDICT
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.conservation import Progress
from tests.deploy.queries import Query, panel_promql, panel_sql, rules, selectors
from tests.docs.pages import blocks
from tests.e2e.distributed import CAMPAIGN, SERVICES, begin, finish, process, run, services
from tests.e2e.scrapes import ports_for
from tests.servers.postgres import postgres
from tests.servers.prometheus import SCRAPE_SECONDS, Prometheus, node_exporter, postgres_exporter, private_prometheus
from tests.servers.rabbitmq import RabbitmqServer, amqp_url, private_rabbitmq
from tests.servers.swift import s3_server

__all__ = ["amqp_url", "postgres", "private_rabbitmq", "s3_server", "services"]

SIZE, SEED = 16, 5
REQUEST = "contestation-2026-001"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder = tmp_path_factory.mktemp("country")
    with synthetic_country(folder, size=SIZE, seed=SEED, showcase=False, clock=SystemClock()) as connection:
        yield connection


def test_every_panel_and_rule_has_data_and_it_is_that_of_the_database(
    services: dict[str, str], country: Connection, private_rabbitmq: RabbitmqServer, tmp_path: Path
) -> None:
    database, out = make_url(services["AUDIT_DATABASE_URL"]), tmp_path / "out"
    often = {"AUDIT_METRICS_INTERVAL": "1", "AUDIT_STATISTICS_INTERVAL": "1"}
    ports = ports_for(SERVICES)
    begin(services, country, out)
    with ExitStack() as running:
        others = {
            "canary": running.enter_context(serve_health(0, lambda: True, metrics=(CANARY,), address="127.0.0.1")),
            "rabbitmq": private_rabbitmq.metrics_port,
            "postgres": running.enter_context(postgres_exporter(database, tmp_path)),
            "node": running.enter_context(node_exporter(tmp_path)),
        }
        prometheus = running.enter_context(private_prometheus(tmp_path / "prometheus", ports | others))
        for service in SERVICES:
            settings = services | often | {"AUDIT_HEALTH_PORT": str(ports[service])}
            running.enter_context(process(service, settings, tmp_path))
        finish(services, out, tmp_path)
        engine = open_database(DatabaseSettings(database_url=SecretStr(services["AUDIT_DATABASE_URL"])))
        running.callback(engine.dispose)
        ledger = SqlLedger(engine)
        again = ledger.closed(CAMPAIGN)[0].code
        ask_again(services, again, ledger)
        run(services, "campaign", "publish", CAMPAIGN, "--out", out)
        wait_for_the_end(prometheus)

        assert_every_query_has_data(prometheus)
        assert_it_is_what_the_ledger_says(prometheus, ledger.progress(CAMPAIGN))
        assert_it_is_what_the_study_says(prometheus, out)
        with engine.connect() as connection:
            current = connection.execute(select(func.count()).select_from(VERDICT)).scalar_one()
        verdicts_each = current / len(ledger.closed(CAMPAIGN))
        assert prometheus.one("sum(audit_verdicts_total)") == current + verdicts_each
    assert_every_table_has_rows(database)


def ask_again(services: dict[str, str], code: str, ledger: SqlLedger) -> None:
    """Ask for a re-audit of one authority, and wait for its end."""
    body = json.dumps({"schema": 1, "authority": code, "reason": "contestation"}).encode()
    publish_request(BrokerSettings(amqp_url=services["AUDIT_AMQP_URL"]), body, REQUEST)
    deadline = time.monotonic() + 120
    while not any(audit.code == code and audit.sequence == 2 for audit in ledger.closed(CAMPAIGN)):
        assert time.monotonic() < deadline
        time.sleep(0.3)


def wait_for_the_end(prometheus: Prometheus) -> None:
    """Wait until every gauge that is read from the database was read and scraped after now."""
    now = SystemClock().now().timestamp()
    ledger = 'max(audit_last_success_timestamp_seconds{job_name="ledger_gauges"})'
    prometheus.wait_for(f"{ledger} > {now + 2} and max(audit_statistics_timestamp_seconds) > {now + 2}")
    # Rates need two looks, and the rules one more.
    prometheus.wait_for(f"min(timestamp(audit_ready)) > {now + 6}")


def assert_every_query_has_data(prometheus: Prometheus) -> None:
    window = f"{15 * SCRAPE_SECONDS}s"
    empty = [query for query in panel_promql(window) if not prometheus.get(query.text)]
    # An alert that is silent gives nothing, as it should: what it reads must be there, all of it.
    for rule in rules():
        prometheus.get(rule.text)
        empty += [Query(rule.where, series) for series in selectors(rule.text) if not prometheus.get(series)]
    assert not empty


def panel(where: str, legend: int = 0) -> str:
    """Return a query of one panel, by its place among the panel's queries."""
    return [query.text for query in panel_promql("15s") if query.where == where][legend]


def assert_it_is_what_the_ledger_says(prometheus: Prometheus, progress: Progress) -> None:
    assert prometheus.one(panel("overview.json: Conservation residue")) == progress.residue == 0
    assert prometheus.one(panel("overview.json: Done")) == progress.closed / progress.planned == 1
    assert prometheus.by("standing", panel("overview.json: Where the audits are")) == {
        "waiting": progress.waiting,
        "in_flight": progress.in_flight,
        "measured": progress.measured,
        "unmeasured": sum(progress.unmeasured.values()),
        "excluded": sum(progress.excluded.values()),
    }
    reasons = prometheus.by("reason", panel("overview.json: Unmeasured, by reason"))
    assert {reason: audits for reason, audits in reasons.items() if audits} == progress.unmeasured
    assert prometheus.one("sum(audit_closed_total)") == progress.planned + 1
    assert prometheus.one('audit_requests_total{answer="accepted"}') == 1
    assert prometheus.one("audit_request_start_seconds_count") == 1


def assert_it_is_what_the_study_says(prometheus: Prometheus, out: Path) -> None:
    """Compare each headline with the published statistics, in the population of 2018."""
    document = json.loads((out / "statistics.json").read_text(encoding="utf-8"))
    rows = {(row["indicator"], row["scope"]): row for row in document["rows"]}
    shown = prometheus.by("headline", panel("overview.json: Headlines of the study"))
    published = prometheus.by("headline", panel("overview.json: Headlines of the study", 3))
    for tile in baseline().tile:
        assert published[tile.id] == pytest.approx(tile.figure / 100)
        row = rows.get((tile.indicator, tile.scope))
        if row is not None and row["measured"]:
            assert shown[tile.id] == sum(row[state] for state in tile.states) / row["measured"]


def assert_every_table_has_rows(database: URL) -> None:
    """Ask as the account that the operator guide makes for Grafana; it may read and nothing else."""
    (made,) = blocks("docs/operator-guide.md", "sql")
    with psycopg.connect(database.render_as_string(hide_password=False), autocommit=True) as owner:
        for statement in made.strip().splitlines():
            owner.execute(statement.encode())
    try:
        account = database.set(username="grafana", password="...")
        with psycopg.connect(account.render_as_string(hide_password=False), autocommit=True) as connection:
            for query in panel_sql(request=REQUEST, logs="https://logs.example.org/?q="):
                assert connection.execute(query.text.encode()).fetchall(), query
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM verdict")
    finally:
        with psycopg.connect(database.render_as_string(hide_password=False), autocommit=True) as owner:
            owner.execute("DROP ROLE grafana")
