"""The scheduler's rhythm."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.contracts.authorities import Authority, Kind
from services.contracts.messages import Message, Priority
from services.runtime.clock import FixedClock
from services.runtime.database import open_sqlite
from services.runtime.loops import running
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.handlers import Dispatcher
from services.scheduler.release_loop import ReleaseLoop
from services.scheduler.settings import SchedulerSettings
from tests.scheduler.test_handlers import NoRules

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = 3600.0


class Inbox:
    """A publisher that says when something was published."""

    def __init__(self) -> None:
        self.got = threading.Event()

    def publish_all(
        self, queue: str, actor: str, messages: Sequence[tuple[Message, Priority]]
    ) -> tuple[list[Message], BaseException | None]:
        del queue, actor, messages
        self.got.set()
        return [], None


def test_a_request_wakes_the_loop_which_does_not_wait_for_its_next_turn(tmp_path: Path) -> None:
    ledger, inbox = SqlLedger(open_sqlite(tmp_path / "audit.db")), Inbox()
    communes = [Authority(code=f"3300{n}", kind=Kind.COMMUNE, name="Ville", nature="COM") for n in (1, 2)]
    campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1)
    ledger.create(campaign, plan(campaign, communes))
    dispatcher = Dispatcher(ledger, NoRules(), inbox, FixedClock(NOON), SchedulerSettings(window=1))
    loop = ReleaseLoop(ledger, dispatcher, repeat=lambda: None, tick_seconds=HOUR, passing=(), clock=FixedClock(NOON))
    ended: list[str] = []
    with running("loop", loop, on_defect=lambda: ended.append("defect")):
        assert inbox.got.wait(30)
        inbox.got.clear()
        ledger.request("c", communes, NOON)
        loop.wake()
        assert inbox.got.wait(30)
    assert ended == []
