"""The ledger of a full country: planning, releasing and closing it, and reconciling it. Prints a table and JSON.

On the database that AUDIT_TEST_DATABASE_URL names, or on a private PostgreSQL (durable, as in production).
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, make_url, text

from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.conservation import Progress
from services.scheduler.frame.national import load_national_frame
from tests.servers.postgres import fresh_engine, private_postgres

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAME = "benchmark"
RECONCILIATION_TARGET_SECONDS = 2.0


@contextmanager
def database() -> Iterator[Engine]:
    if given := os.environ.get("AUDIT_TEST_DATABASE_URL"):
        with fresh_engine(make_url(given)) as engine:
            yield engine
        return
    with private_postgres(durable=True) as server, fresh_engine(server.url) as engine:
        yield engine


def timed(measures: dict[str, float], name: str, call: Callable[[], object]) -> None:
    started = time.perf_counter()
    call()
    measures[name] = time.perf_counter() - started


def release_and_close(ledger: SqlLedger, batch: int, share: float, measures: dict[str, float]) -> None:
    """Release the first share of the campaign in batches, closing each batch, as a scheduler would."""
    done, releasing, closing = 0, 0.0, 0.0
    goal = int(ledger.progress(NAME).waiting * share)
    while done < goal:
        started = time.perf_counter()
        rows = ledger.release(NAME, batch, NOON)
        released = time.perf_counter()
        for row in rows:
            ledger.close(row.audit, None, NOON)
        releasing, closing = releasing + released - started, closing + time.perf_counter() - released
        done += len(rows)
    measures["released per second"] = done / releasing
    measures["closed per second"] = done / closing


def reconcile_everything(ledger: SqlLedger, engine: Engine, measures: dict[str, float]) -> None:
    """Reconcile a country of which everything that may be out is out and stale, then one where nothing is stale."""
    later = NOON + timedelta(hours=1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit SET host_group = NULL"))
        connection.execute(
            text("UPDATE audit SET state = 'released', attempts = 1 + position % 3, moved_at = :at, closed_at = NULL"),
            {"at": NOON},
        )
    timed(
        measures,
        "reconciliation, nothing stale (s)",
        lambda: ledger.reconcile(NAME, stale_before=NOON, max_releases=3, at=later),
    )
    timed(
        measures,
        "reconciliation, all stale (s)",
        lambda: ledger.reconcile(NAME, stale_before=later, max_releases=3, at=later),
    )


def measure(batch: int, share: float) -> tuple[int, dict[str, float]]:
    measures: dict[str, float] = {}
    campaign = Campaign(name=NAME, created_at=NOON, frame="national", seed=7)
    rows = plan(campaign, load_national_frame().authorities.values())
    with database() as engine:
        ledger = SqlLedger(engine)
        timed(measures, "campaign created (s)", lambda: ledger.create(campaign, rows))
        progress: list[Progress] = []
        timed(measures, "conservation counted (s)", lambda: progress.append(ledger.progress(NAME)))
        release_and_close(ledger, batch, share, measures)
        reconcile_everything(ledger, engine, measures)
        assert ledger.progress(NAME).residue == 0
    return len(rows), measures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=100, help="audits released at a time")
    parser.add_argument("--share", type=float, default=0.2, help="share of the country that is released and closed")
    options = parser.parse_args()
    audits, measures = measure(options.batch, options.share)
    measures["own CPU (s)"] = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for name, value in {"audits": float(audits), **measures}.items():
        print(f"{name:36} {value:>12,.3f}", file=sys.stderr)
    slowest = max(value for name, value in measures.items() if name.startswith("reconciliation"))
    within = slowest < RECONCILIATION_TARGET_SECONDS
    print(f"reconciliation under {RECONCILIATION_TARGET_SECONDS:g} s: {'yes' if within else 'NO'}", file=sys.stderr)
    print(json.dumps({"audits": audits, "measures": measures, "reconciliation_within_target": within}))
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
