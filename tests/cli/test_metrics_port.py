"""An embedded run serves what all four services measure."""

import math
import socket
import threading
from pathlib import Path

import httpx
import pytest

from services.cli.embedded import open_pipeline
from services.cli.embedded_metrics import TABLES, metrics_served
from services.cli.workspace import open_workspace
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.fetcher.settings import FetcherSettings
from services.runtime.message_metrics import PROCESS
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.settings import SchedulerSettings
from tests.measured import Measured, Series, series
from tests.ports.test_broker import wait_for

TOWNS = 3


def labelled(name: str, **labels: str) -> Series:
    return name, frozenset(labels.items())


def test_a_run_shows_its_campaign_its_messages_and_its_country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_METRICS_INTERVAL", "0.05")
    monkeypatch.setenv("AUDIT_STATISTICS_INTERVAL", "0.05")
    workspace = open_workspace(tmp_path)
    # Towns without a site need no browser.
    towns = [Authority(code=f"3300{n}", kind=Kind.COMMUNE, name="Ville", nature="COM") for n in range(TOWNS)]
    campaign = Campaign(name="c", created_at=workspace.clock.now(), frame="test", seed=1)
    workspace.ledger.create(campaign, plan(campaign, towns))
    measured = Measured(PROCESS, *TABLES)
    with metrics_served(workspace, 0) as port, open_pipeline(workspace, FetcherSettings(), SchedulerSettings()) as line:
        assert line.drain("c", stop=threading.Event(), show=lambda _: None).measured == TOWNS
        seen: dict[Series, float] = {}

        def whole_country() -> bool:
            seen.clear()
            seen.update(series(httpx.get(f"http://127.0.0.1:{port}/metrics").text))
            return seen[labelled("audit_national_measured_authorities", headline="F1.1", scope="communes")] == TOWNS

        wait_for(whole_country)
    workspace.engine.dispose()
    assert seen[labelled("audit_audits", standing="measured")] == TOWNS
    assert seen[labelled("audit_conservation_residue")] == 0
    assert seen[labelled("audit_ready")] == 1
    assert seen[labelled("audit_worker_slots")] == SchedulerSettings().window + 2
    assert seen[labelled("audit_national_share_ratio", headline="F1.1", scope="communes")] == 1.0
    assert math.isnan(seen[labelled("audit_national_share_ratio", headline="F2.1", scope="communes")])
    for step in ("fetch_site", "analyze_site", "record_verdicts", "close_audit"):
        assert measured.change("audit_messages_total", step=step, outcome="ok") == TOWNS
    assert measured.change("audit_released_total", priority="campaign") == TOWNS
    assert measured.change("audit_closed_total", standing="measured") == TOWNS
    assert measured.change("audit_verdict_sets_total", outcome="current") == TOWNS
    assert measured.changes("audit_sites_total") == {}


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"port {port} "), metrics_served(open_workspace(tmp_path), port):
            pass
