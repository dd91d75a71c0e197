"""The ledger of a full country: planning, releasing and closing it, looking at it for the metrics, reconciling it.

On the database that AUDIT_TEST_DATABASE_URL names, or on a private PostgreSQL (durable, as in production).
"""

import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from benchmarks.output import parser, tell
from benchmarks.servers import database_server_url
from services.runtime.clock import FixedClock
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.ledger_figures import SqlLedgerFigures
from services.scheduler.adapters.ledger_gauges import LedgerGauges
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.conservation import Progress
from services.scheduler.frame.national import load_national_frame
from services.scheduler.metrics import HOST_GROUPS
from tests.servers.postgres import fresh_engine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAME = "benchmark"
RECONCILIATION_TARGET_SECONDS = 2.0
METRICS_TARGET_SECONDS = 1.0


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
    measures["released_per_second"] = done / releasing
    measures["closed_per_second"] = done / closing


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
        "reconciliation_seconds_nothing_stale",
        lambda: ledger.reconcile(NAME, stale_before=NOON, max_releases=3, at=later),
    )
    timed(
        measures,
        "reconciliation_seconds_all_stale",
        lambda: ledger.reconcile(NAME, stale_before=later, max_releases=3, at=later),
    )


def measure(batch: int, share: float) -> tuple[int, dict[str, float]]:
    measures: dict[str, float] = {}
    campaign = Campaign(name=NAME, created_at=NOON, frame="national", seed=7)
    rows = plan(campaign, load_national_frame().authorities.values())
    with database_server_url() as server, fresh_engine(server) as engine:
        ledger = SqlLedger(engine)
        timed(measures, "campaign_created_seconds", lambda: ledger.create(campaign, rows))
        progress: list[Progress] = []
        timed(measures, "conservation_counted_seconds", lambda: progress.append(ledger.progress(NAME)))
        release_and_close(ledger, batch, share, measures)
        look = LedgerGauges(SqlLedgerFigures(engine, HOST_GROUPS), FixedClock(NOON + timedelta(minutes=5)))
        timed(measures, "metrics_read_seconds", look)
        reconcile_everything(ledger, engine, measures)
        assert ledger.progress(NAME).residue == 0
    return len(rows), measures


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--batch", type=int, default=100, help="audits released at a time")
    options.add_argument("--share", type=float, default=0.2, help="share of the country that is released and closed")
    given = options.parse_args()
    audits, measures = measure(given.batch, given.share)
    slowest = max(value for name, value in measures.items() if name.startswith("reconciliation"))
    within = slowest < RECONCILIATION_TARGET_SECONDS and measures["metrics_read_seconds"] < METRICS_TARGET_SECONDS
    figures = {"audits": audits, **measures, "own_cpu_seconds": resource.getrusage(resource.RUSAGE_SELF).ru_utime}
    target = {
        "reconciliation_target_seconds": RECONCILIATION_TARGET_SECONDS,
        "metrics_target_seconds": METRICS_TARGET_SECONDS,
        "within_target": within,
    }
    tell("ledger", figures | target, as_json=given.json)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
