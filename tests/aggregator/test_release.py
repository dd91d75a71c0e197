"""Releases: frozen, checkable with sha256sum alone, refused where the figures would not hold."""

import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from services.aggregator.release import build_release, differences, read_manifest, verify
from services.aggregator.study import publish_study
from services.cli.commands import build_app
from services.contracts.audits import AuditState
from services.contracts.errors import BadInput
from services.contracts.reasons import Reason
from services.runtime.artefacts import ArtefactStore
from tests.aggregator.country import CAMPAIGN_NAME, NOON, RULE_SET, authorities, plan_campaign

app = build_app()


def publish(engine: Engine, store: ArtefactStore, out: Path, *, unseen: int = 0) -> Path:
    """Publish a country of 40 towns, of which some could not be seen."""
    fates = [(AuditState.UNMEASURED, Reason.BLOCKED)] * unseen + [(AuditState.MEASURED, None)] * (40 - unseen)
    towns = authorities(40)[:40]
    planned = [(town, state, reason) for town, (state, reason) in zip(towns, fates, strict=True)]
    plan_campaign(engine, planned)
    publish_study(engine, store, CAMPAIGN_NAME, out, generated_at=NOON, synthetic=False, rule_set=RULE_SET)
    return out


@pytest.fixture
def published(engine: Engine, store: ArtefactStore, tmp_path: Path) -> Path:
    """What a campaign published whose figures do not hold: nothing was seen of any town."""
    return publish(engine, store, tmp_path / "out", unseen=40)


def test_the_digests_can_be_checked_with_sha256sum_alone(published: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=published, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    assert {file["path"] for file in manifest["files"]} == {
        "audits.csv",
        "report.html",
        "statistics.csv",
        "statistics.json",
        "statistics.parquet",
        "verdicts.parquet",
    }
    assert (manifest["rule_set"], manifest["authorities"]) == (RULE_SET.version, 40)


def test_a_stratum_that_was_not_seen_well_enough_closes_the_gate(published: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"communes: 100\.0% undetermined, at most 5%"):
        build_release(published, tmp_path / "release")
    assert not (tmp_path / "release").exists()


def test_a_reason_opens_the_gate_and_is_written_down(published: Path, tmp_path: Path) -> None:
    build_release(published, tmp_path / "release", force="essai")
    gate = read_manifest(tmp_path / "release").gate
    assert gate.forced == "essai"
    assert gate.failures


def test_a_release_never_changes(published: Path, tmp_path: Path) -> None:
    build_release(published, tmp_path / "release", force="essai")
    with pytest.raises(BadInput, match="a release never changes"):
        build_release(published, tmp_path / "release", force="essai")
    assert all(path.stat().st_mode & 0o222 == 0 for path in (tmp_path / "release").rglob("*") if path.is_file())


def test_what_was_changed_or_lost_is_named(published: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    build_release(published, release, force="essai")
    assert verify(release) == []
    (release / "audits.csv").chmod(0o644)
    (release / "audits.csv").write_text("code\n", encoding="utf-8")
    (release / "report.html").unlink()
    assert verify(release) == ["audits.csv", "report.html"]


def test_what_changed_since_it_was_published_is_not_released(published: Path, tmp_path: Path) -> None:
    (published / "statistics.csv").write_text("x\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"changed since it was published: statistics\.csv"):
        build_release(published, tmp_path / "release", force="essai")


def test_two_releases_are_compared_file_by_file(published: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build_release(published, first, force="essai")
    assert differences(first, first) == {}
    manifest = read_manifest(published)
    changed = manifest.files[0].model_copy(update={"sha256": "0" * 64})
    second.mkdir()
    other = manifest.model_copy(update={"files": (changed, *manifest.files[2:])})
    (second / "manifest.json").write_text(other.model_dump_json(), encoding="utf-8")
    assert differences(first, second) == {"audits.csv": "changed", manifest.files[1].path: "removed"}


def test_the_commands_say_what_they_did(published: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    run = CliRunner()
    done = run.invoke(app, ["release", "build", str(release), "--force", "essai", "--out", str(published)])
    assert "6 files" in done.stdout
    assert "every file is what its manifest says" in run.invoke(app, ["release", "verify", str(release)]).stdout
    assert "0 files differ" in run.invoke(app, ["release", "diff", str(release), str(release)]).stdout
    assert "no manifest of a release there" in str(run.invoke(app, ["release", "verify", str(tmp_path)]).exception)
