"""The ledger under several schedulers at once: nothing is released twice, no host is visited twice at a time."""

import itertools
import multiprocessing
import random
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import URL, Engine, func, select, update

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.contracts.reasons import Reason
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.tables import AUDIT
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from tests.servers.postgres import fresh_database

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIZE = 300


def authorities(count: int) -> list[Authority]:
    """Return communes of which two in three share one of twenty hosts."""
    return [
        Authority(
            code=f"33{n:03}",
            kind=Kind.COMMUNE,
            name=f"Ville {n}",
            nature="COM",
            population=100 * n,
            declared_url=f"http://ville{n}.groupe{n % 20}.fr" if n % 3 else None,
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    """A ledger with one planned campaign, on each kind of database."""
    return planned_campaign(engine)


def planned_campaign(engine: Engine) -> SqlLedger:
    ledger = SqlLedger(engine)
    campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1)
    ledger.create(campaign, plan(campaign, authorities(SIZE)))
    return ledger


class Watch:
    """Sees what is out at each moment, from outside the database."""

    def __init__(self) -> None:
        self.released: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._groups: set[str] = set()

    def out(self, audit: AuditId, group: str | None) -> None:
        with self._lock:
            self.released[str(audit)] += 1
            assert group is None or group not in self._groups, f"{group} is visited twice at a time"
            self._groups |= {group} - {None}  # type: ignore[operator]

    def back(self, group: str | None) -> None:
        with self._lock:
            self._groups.discard(group)  # type: ignore[arg-type]


def test_threads_releasing_and_closing_share_a_campaign(ledger: SqlLedger) -> None:
    watch = Watch()

    def work(number: int) -> int:
        draw, done, empty = random.Random(number), 0, 0
        while empty < 50:
            rows = ledger.release("c", draw.randint(1, 4), NOON)
            empty = 0 if rows else empty + 1
            for row in rows:
                watch.out(row.audit, row.host_group)
            for row in rows:
                watch.back(row.host_group)
                done += ledger.close(row.audit, draw.choice([None, Reason.BLOCKED]), NOON)
            if ledger.progress("c").finished:
                break
        return done

    with ThreadPoolExecutor(8) as pool:
        closed = sum(pool.map(work, range(8)))
    progress = ledger.progress("c")
    assert (closed, progress.planned, progress.residue, progress.finished) == (SIZE, SIZE, 0, True)
    assert set(watch.released.values()) == {1}
    assert len(watch.released) == SIZE


def test_everything_at_once_conserves_every_audit(ledger: SqlLedger, engine: Engine) -> None:
    known = authorities(SIZE)

    def work(number: int) -> None:
        draw = random.Random(number)
        for step in range(40):
            now = NOON + timedelta(minutes=step)
            match draw.choice(["release", "release", "request", "reconcile", "give_back", "progress"]):
                case "release":
                    for row in ledger.release("c", draw.randint(1, 8), now):
                        ledger.close(row.audit, draw.choice([None, Reason.TIMEOUT]), now)
                case "request":
                    ledger.request("c", draw.sample(known, 5), now)
                case "reconcile":
                    ledger.reconcile("c", stale_before=now, max_releases=3, at=now)
                case "give_back":
                    ledger.give_back("c", now)
                case _:
                    progress = ledger.progress("c")
                    assert (progress.planned, progress.residue) == (SIZE, 0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    progress = ledger.progress("c")
    assert (progress.planned, progress.residue) == (SIZE, 0)
    with engine.connect() as connection:
        attempts = connection.scalar(select(func.min(AUDIT.c.attempts)))
    assert attempts == 0


def test_requests_of_one_authority_at_the_same_time_become_one_audit(ledger: SqlLedger) -> None:
    [target] = ledger.release("c", 1, NOON)
    ledger.close(target.audit, None, NOON)
    start = threading.Barrier(8)

    def ask(_n: int) -> list[AuditId]:
        start.wait(10)
        return ledger.request("c", [target.authority], NOON)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert {str(audit) for [audit] in answers} == {str(target.audit.model_copy(update={"sequence": 2}))}


def test_a_campaign_name_serves_once_even_at_the_same_time(engine: Engine) -> None:
    campaign = Campaign(name="same", created_at=NOON, frame="test", seed=1)
    rows, start = plan(campaign, authorities(30)), threading.Barrier(4)

    def create(_n: int) -> bool:
        start.wait(10)
        try:
            SqlLedger(engine).create(campaign, rows)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(4))) == [False, False, False, True]
    assert SqlLedger(engine).progress("same").planned == 30


def test_an_audit_that_closes_while_work_is_released_stays_closed(postgres: URL) -> None:
    with fresh_database(postgres) as settings:
        engine = open_database(settings)
        ledger = planned_campaign(engine)
        first, second = (row.audit for row in ledger.release("c", 2, NOON))
        ledger.give_back("c", NOON)
        with engine.begin() as closing:
            closing.execute(update(AUDIT).where(AUDIT.c.code == first.code).values(state="measured"))
            released = ledger.release("c", 1, NOON)
        assert [row.audit for row in released] == [second]
        assert ledger.progress("c").measured == 1
        engine.dispose()


def test_schedulers_in_several_processes_share_a_campaign(postgres: URL) -> None:
    with fresh_database(postgres) as settings:
        engine = open_database(settings)
        ledger = planned_campaign(engine)
        with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
            released = list(itertools.chain(*pool.map(work_in_a_process, [settings] * 3, range(3))))
        progress = ledger.progress("c")
        assert (progress.planned, progress.measured, progress.residue) == (SIZE, SIZE, 0)
        assert len(released) == len(set(released)) == SIZE
        engine.dispose()


def work_in_a_process(settings: DatabaseSettings, number: int) -> list[str]:
    """Release and close until the campaign is over. Returns what was released."""
    engine = open_database(settings)
    ledger, draw, released = SqlLedger(engine), random.Random(number), list[str]()
    while not ledger.progress("c").finished:
        rows = ledger.release("c", draw.randint(1, 4), NOON)
        released += [str(row.audit) for row in rows]
        for row in rows:
            assert ledger.close(row.audit, None, NOON)
    engine.dispose()
    return released
