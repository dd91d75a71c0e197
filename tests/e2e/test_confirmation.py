"""Two campaigns over the synthetic country: a site that had a bad hour, and one that died."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.study import publish_study
from services.analyzer.rules import current_rule_set
from services.cli.drive import drain, fetching_settings
from services.cli.synthetic import Connection, synthetic_country
from services.cli.workspace import Workspace
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import FixedClock, SystemClock
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.conservation import Progress
from services.scheduler.domain.host_groups import declared_host
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.targets import read_targets

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Connection]:
    with synthetic_country(tmp_path / "country", size=20, seed=3, showcase=False, clock=SystemClock()) as connection:
        yield connection


class Study:
    """Campaigns over two working sites, at times that the test decides."""

    def __init__(self, folder: Path, country: Connection) -> None:
        self.clock, self.country, self.printed = FixedClock(NOON), country, StringIO()
        engine = open_sqlite(folder / "audit.db")
        store, ledger = FolderArtefactStore(folder / "artefacts"), SqlLedger(engine)
        self.workspace = Workspace(folder=folder, engine=engine, store=store, ledger=ledger, clock=self.clock)
        self.sites = working_sites(country)

    def start(self, name: str) -> None:
        campaign = Campaign(name=name, created_at=self.clock.now(), frame="synthetic", seed=1)
        self.workspace.ledger.create(campaign, plan(campaign, self.sites))

    def work_off(self, name: str, *, down: tuple[Authority, ...] = ()) -> Progress:
        """Do all that can be done now, while nothing listens where some sites were."""
        hosts = [(declared_host(site.declared_url) or "").removeprefix("www.") for site in down]
        nowhere = [f"{pattern}{host}=127.0.0.1:9" for host in hosts for pattern in ("", "*.")]
        fetching = fetching_settings(self.country, None, None, None, None)
        fetching = fetching.model_copy(update={"resolve": (*nowhere, *fetching.resolve)})
        assert drain(self.workspace, name, fetching, None, Console(file=self.printed, width=200))
        return self.workspace.ledger.progress(name)

    def published(self, name: str) -> tuple[dict[str, int], dict[str, int]]:
        """Return what could not be measured, by reason, and how many sites are said to work or not."""
        folder = self.workspace.folder / name
        workspace = self.workspace
        publish_study(
            workspace.engine,
            workspace.store,
            name,
            folder,
            generated_at=self.clock.now(),
            synthetic=True,
            rule_set=current_rule_set(),
        )
        document = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
        row = next(r for r in document["rows"] if r["indicator"] == "has_functional_site" and r["scope"] == "communes")
        return document["meta"]["conservation"]["unmeasured"], {state: row[state] for state in ("yes", "no")}


def working_sites(country: Connection) -> tuple[Authority, ...]:
    """Return two communes whose sites work, each under its own name."""
    truth = json.loads(country.truth.read_text(encoding="utf-8"))
    working = {code for code, site in truth.items() if site["verdicts"]["site_status"].get("value") == "functional"}
    authorities = read_targets(country.targets, load_national_frame()).authorities
    return tuple([a for a in authorities if a.code in working and len(a.code) == 5][:2])


def test_a_failure_counts_only_when_later_visits_have_confirmed_it(tmp_path: Path, country: Connection) -> None:
    study = Study(tmp_path, country)
    unlucky, dead = study.sites
    study.start("spring")
    assert study.work_off("spring").measured == 2
    assert study.workspace.ledger.addresses(NOON) == {}, "a loopback address groups no sites"

    study.clock.at = NOON + timedelta(days=90)
    study.start("summer")
    progress = study.work_off("summer", down=(unlucky, dead))
    assert (progress.waiting, progress.confirming, progress.residue) == (2, 2, 0)
    assert "tried again from 2027-02-21 18:00 UTC" in study.printed.getvalue()
    assert study.published("summer") == ({"pending_confirmation": 2}, {"yes": 0, "no": 0})

    for hours, confirming in ((6, 1), (24, 1), (72, 0)):
        study.clock.at = NOON + timedelta(days=90, hours=hours)
        assert study.work_off("summer", down=(dead,)).confirming == confirming
    assert study.workspace.ledger.progress("summer").finished
    captured = SqlVerdictStore(study.workspace.engine).manifests("summer")
    assert {audit for audit, _ in captured} == {
        AuditId(campaign="summer", code=unlucky.code, sequence=2),
        AuditId(campaign="summer", code=dead.code, sequence=4),
    }
    assert study.published("summer") == ({}, {"yes": 1, "no": 1})
