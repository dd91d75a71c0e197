"""A site that kills the fetcher at every visit, through the whole product: it is given up, and it alone."""

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.cli.synthetic import Connection, synthetic_country
from services.contracts import queues
from services.contracts.errors import ArtefactMissing
from services.runtime.artefacts import ArtefactStore
from services.runtime.attempts import MAX_ATTEMPTS
from services.runtime.clock import SystemClock
from services.runtime.store_settings import open_store
from tests.e2e.distributed import (
    CAMPAIGN,
    SEED,
    SERVICES,
    begin,
    embedded,
    finish,
    process,
    run,
    services,
    verdicts,
)
from tests.servers.postgres import postgres
from tests.servers.rabbitmq import amqp_url, private_rabbitmq
from tests.servers.swift import S3Server, s3_server

__all__ = ["amqp_url", "embedded", "postgres", "private_rabbitmq", "s3_server", "services"]

SIZE = 9
WORKS = "functional"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder = tmp_path_factory.mktemp("country")
    with synthetic_country(folder, size=SIZE, seed=SEED, showcase=False, clock=SystemClock()) as connection:
        yield connection


def audits(out: Path) -> dict[str, dict[str, str]]:
    with (out / "audits.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def statistics(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((out / "statistics.json").read_text(encoding="utf-8"))["rows"]
    return [row for row in rows if row["scope"] == "communes"]


def attempts(store: ArtefactStore, code: str) -> int:
    """Return how often work on the site was started, as the product itself counts it."""
    found = 0
    for item in store.list(f"attempts/{CAMPAIGN}/{code}/1/{queues.FETCH_SITE}/"):
        try:
            found = max(found, json.loads(store.get_document(item.key))["attempt"])
        except ArtefactMissing:
            continue
    return found


def test_a_site_that_kills_the_fetcher_is_given_up_and_nothing_else_is(
    services: dict[str, str], s3_server: S3Server, country: Connection, embedded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    expected = audits(embedded)
    victim = min(code for code, row in expected.items() if row["kind"] == "commune" and row["site_status"] == WORKS)
    store = open_store(s3_server.settings(services["AUDIT_STORE_URL"].removeprefix("s3://")))
    begin(services, country, out)
    with ExitStack() as running:
        for service in SERVICES:
            if service != "fetcher":
                running.enter_context(process(service, services, tmp_path))
        for death in range(1, MAX_ATTEMPTS + 1):
            with process("fetcher", services, tmp_path) as fetcher:
                deadline = time.monotonic() + 120
                while attempts(store, victim) < death:
                    assert fetcher.poll() is None
                    assert time.monotonic() < deadline, (tmp_path / "fetcher.log").read_text()[-3000:]
                    time.sleep(0.02)
                fetcher.kill()
                fetcher.wait()
        running.enter_context(process("fetcher", services, tmp_path))
        finish(services, out, tmp_path)
    assert attempts(store, victim) == MAX_ATTEMPTS
    status = json.loads(run(services, "campaign", "status", CAMPAIGN, "--json", "--out", out))
    assert (status["planned"], status["residue"], status["in_flight"]) == (SIZE, 0, 0)
    reasons = Counter(row["reason"] for row in expected.values() if row["state"] == "unmeasured")
    assert status["unmeasured"] == reasons | {"poison": 1}

    run(services, "campaign", "publish", CAMPAIGN, "--out", out)
    row = audits(out)[victim]
    assert (row["state"], row["reason"]) == ("unmeasured", "poison")
    assert verdicts(out) == [verdict for verdict in verdicts(embedded) if verdict[0] != victim]
    assert_undetermined_by_poison(statistics(out), statistics(embedded))
    dead = json.loads(run(services, "dead-letters", "list", "--json"))
    assert dead["ledger"] == "asked"
    assert {queue["queue"]: queue["letters"] for queue in dead["queues"] if queue["count"]} == {}


def assert_undetermined_by_poison(found: list[dict[str, Any]], undisturbed: list[dict[str, Any]]) -> None:
    """One authority of each indicator is undetermined for that reason; none is lost and none became a no."""
    assert len(found) == len(undisturbed) > 0
    for now, before in zip(found, undisturbed, strict=True):
        assert now["indicator"] == before["indicator"]
        assert now["undetermined_reasons"]["poison"] == 1
        assert now["authorities"] == before["authorities"]
        assert now["no"] <= before["no"]
