"""`commune-audit reanalyse` and `diff`, over a folder and through a real broker."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.cli.commands import build_app
from services.cli.reanalysis import send_captures
from services.contracts import queues
from services.contracts.artefacts import manifest_key, verdicts_key
from services.contracts.audits import AuditId, AuditState
from services.contracts.messages import SiteCaptured
from services.contracts.verdicts import State
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.broker_settings import BrokerSettings
from services.runtime.database import open_sqlite
from services.runtime.rabbitmq import open_rabbitmq_broker
from tests.aggregator.country import CAMPAIGN_NAME, authorities, plan_campaign, verdict, verdict_set
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

app = build_app()

__all__ = ["amqp_url", "private_rabbitmq"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with one town, judged under two rule sets."""
    folder = tmp_path / "out"
    folder.mkdir()
    engine, store = open_sqlite(folder / "audit.db"), FolderArtefactStore(folder / "artefacts")
    town = authorities(1)[0].model_copy(update={"name": "=Ville"})
    plan_campaign(engine, [(town, AuditState.MEASURED, None)])
    for rules, state in (("r1-0badcafe", State.YES), ("r2-0badcafe", State.NO)):
        found = verdict_set(town, [verdict("hsts", state), verdict("spf", state)], rule_set=rules)
        audit = AuditId.parse(found.audit_id)
        store.put_document(verdicts_key(audit, rules), found.model_dump_json().encode())
        SqlVerdictStore(engine).record(found)
    engine.dispose()
    return folder


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["diff", *map(str, words)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_changes_are_counted_by_their_cause(out: Path) -> None:
    shown = run(f"{CAMPAIGN_NAME}@r1-0badcafe", CAMPAIGN_NAME, "--out", out)
    assert "2 changes among 1 authorities: rule 2" in shown
    assert "0 changes among 1 authorities" in run(CAMPAIGN_NAME, CAMPAIGN_NAME, "--out", out)


def test_every_change_can_be_had_as_json_and_as_a_sheet(out: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "changes.csv"
    chosen = ("--indicator", "hsts", "--file", sheet, "--json", "--out", out)
    (change,) = json.loads(run(f"{CAMPAIGN_NAME}@r1-0badcafe", CAMPAIGN_NAME, *chosen))
    assert (change["indicator"], change["before"], change["after"], change["cause"]) == ("hsts", "yes", "no", "rule")
    with sheet.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "'=Ville"


def test_captures_go_through_the_queue_of_the_analyzers(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    audits = [AuditId(campaign="nov", code=f"33{number:03}") for number in range(40)]
    captures = [SiteCaptured(audit=audit, manifest_key=manifest_key(audit)) for audit in audits]
    assert send_captures(captures) is False
    monkeypatch.setenv("AUDIT_AMQP_URL", amqp_url)
    assert send_captures(captures) is True
    broker = open_rabbitmq_broker(BrokerSettings(amqp_url=amqp_url), queues.WORK_QUEUES)
    try:
        waiting = broker.get_queue_message_counts(queues.ANALYZE)[0]
    finally:
        broker.close()
    assert waiting == 40
