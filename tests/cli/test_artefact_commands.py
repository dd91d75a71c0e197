"""`commune-audit artefacts`: what is deleted, what is kept, what is found to be damaged."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.cli.artefact_commands import app
from services.cli.workspace import Workspace, open_workspace
from services.contracts.artefacts import ArtefactRef, MediaType, manifest_key, rule_set_key, verdicts_key
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.capture import Manifest, PageCapture, PageClass, Viewport
from services.contracts.errors import ArtefactCorrupt, BadInput
from services.contracts.verdicts import VerdictSet
from services.runtime.artefacts import ArtefactStore
from services.runtime.retention import RetentionSettings, load_retention, sweep
from services.runtime.store_settings import open_store
from services.scheduler.domain.campaign import Campaign
from tests.servers.swift import S3Server, s3_server

__all__ = ["s3_server"]

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(*arguments: str) -> Result:
    """Run a command; an error the top level handles is raised here."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def capture(store: ArtefactStore, code: str, *pages: bytes, campaign: str = "c") -> list[ArtefactRef]:
    """Store a capture of some pages and return the references to them."""
    refs = [store.put(page, MediaType.HTML) for page in pages]
    audit = AuditId(campaign=campaign, code=code)
    manifest = Manifest(
        audit=audit,
        authority=Authority(code=code, kind=Kind.COMMUNE, name="Colombe", nature="COM"),
        normalised_url="https://colombe.fr/",
        started_at=AT,
        finished_at=AT,
        user_agent="test",
        fetcher_version="1",
        page_plan="test",
        pages=tuple(
            PageCapture(page_class=PageClass.HOME, viewport=Viewport.HTTP, url="https://colombe.fr/", dom=ref, at=AT)
            for ref in refs
        ),
    )
    store.put_document(manifest_key(audit), manifest.model_dump_json().encode())
    store.put_document(verdicts_key(audit, "2026.1"), b"{}")
    return refs


def age(store: ArtefactStore, key: str, days: float) -> None:
    """Make a file look as if it was stored that many days ago."""
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()  # noqa: TID251  # files are dated by the machine
    os.utime(store.location(key), (then, then))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A folder that holds campaign `c`."""
    workspace = open_workspace(tmp_path / "out")
    workspace.ledger.create(Campaign(name="c", created_at=AT, frame="test", seed=1), [])
    return workspace


def out(workspace: Workspace) -> list[str]:
    return ["--out", str(workspace.folder)]


def test_sweep_deletes_only_old_captures_that_no_kept_manifest_refers_to(workspace: Workspace) -> None:
    store = workspace.store
    (referred,) = capture(store, "33063", b"referred")
    (expired,) = capture(store, "33064", b"expired")
    old, young = store.put(b"old", MediaType.HTML), store.put(b"young", MediaType.HTML)
    store.put_document(rule_set_key("2026.1"), b"{}")
    store.put_document("reports/c/report.html", b"x")
    manifest, gone = (manifest_key(AuditId(campaign="c", code=code)) for code in ("33063", "33064"))
    for key, days in {
        referred.key: 1000,
        manifest: 1000,
        expired.key: 1100,
        gone: 1100,
        old.key: 31,
        young.key: 29,
        rule_set_key("2026.1"): 9000,
        "reports/c/report.html": 9000,
    }.items():
        age(store, key, days)

    before = list(store.list(""))
    dry = run("sweep", *out(workspace), "--dry-run").output.splitlines()
    assert list(store.list("")) == before
    done = run("sweep", *out(workspace)).output.splitlines()

    assert {item.key for item in before} - {item.key for item in store.list("")} == {expired.key, gone, old.key}
    assert [line.replace("would be deleted", "deleted") for line in dry] == done
    assert "kept 30 days: 4 stored" in done[0]
    assert "2 deleted (" in done[0]
    assert "kept 1095 days: 4 stored" in done[1]
    assert "1 deleted (" in done[1]
    assert "evidence/rule-sets/  kept for ever: 1 stored" in done[2]
    assert "reports/" in done[3]


def test_the_environment_overrides_the_retention(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = workspace.store.put(b"old", MediaType.HTML)
    age(workspace.store, ref.key, 10)
    assert "0 deleted" in run("sweep", *out(workspace)).output.splitlines()[0]
    monkeypatch.setenv("AUDIT_RETENTION_RAW_DAYS", "7")
    assert "1 deleted" in run("sweep", *out(workspace)).output.splitlines()[0]
    monkeypatch.setenv("AUDIT_RETENTION_RAW_DAYS", "1")
    with pytest.raises(BadInput, match="AUDIT_RETENTION_RAW_DAYS='1'"):
        run("sweep", *out(workspace))


def test_bytes_that_are_captured_again_are_young_again(workspace: Workspace) -> None:
    ref = workspace.store.put(b"seen twice", MediaType.HTML)
    age(workspace.store, ref.key, 100)
    workspace.store.put(b"seen twice", MediaType.HTML)
    run("sweep", *out(workspace))
    assert workspace.store.get(ref) == b"seen twice"


@pytest.mark.parametrize("damage", [b"not zstandard", None])
def test_a_manifest_that_cannot_be_read_stops_the_sweep_before_it_deletes(
    workspace: Workspace, damage: bytes | None
) -> None:
    (ref,) = capture(workspace.store, "33063", b"page")
    old = workspace.store.put(b"old", MediaType.HTML)
    age(workspace.store, ref.key, 100)
    age(workspace.store, old.key, 100)
    key = manifest_key(AuditId(campaign="c", code="33063"))
    if damage is None:
        workspace.store.put_document(key, b'{"audit": 1}')
    else:
        Path(workspace.store.location(key)).write_bytes(damage)
    with pytest.raises(ArtefactCorrupt):
        run("sweep", *out(workspace))
    assert workspace.store.exists(ref.key)
    assert workspace.store.exists(old.key)


def test_a_sweep_of_a_bucket_follows_the_same_rules(s3_server: S3Server) -> None:
    store = open_store(s3_server.settings(s3_server.new_bucket()))
    (referred,) = capture(store, "33063", b"referred")
    alone = store.put(b"alone", MediaType.HTML)
    now = datetime.now(UTC)  # noqa: TID251  # objects are dated by the server
    rules = load_retention(RetentionSettings())
    assert [swept.deleted for swept in sweep(store, rules, now + timedelta(days=29), dry_run=False)] == [0, 0, 0, 0, 0]
    assert [swept.deleted for swept in sweep(store, rules, now + timedelta(days=31), dry_run=False)] == [1, 0, 0, 0, 0]
    assert not store.exists(alone.key)
    assert store.get(referred) == b"referred"
    assert [swept.deleted for swept in sweep(store, rules, now + timedelta(days=1100), dry_run=False)] == [
        1,
        2,
        0,
        0,
        0,
    ]
    assert list(store.list("")) == []


def test_every_retention_says_where_it_comes_from_and_why() -> None:
    rules = load_retention(RetentionSettings())
    assert {rule.prefix for rule in rules} >= {"raw/", "evidence/", "reports/"}
    assert all(rule.source and rule.why for rule in rules)


def test_verify_counts_what_a_campaign_refers_to_once(workspace: Workspace) -> None:
    capture(workspace.store, "33063", b"home", b"shared!")
    capture(workspace.store, "33064", b"shared!")
    capture(workspace.store, "33065", b"of another campaign", campaign="c2")
    result = run("verify", *out(workspace), "--campaign", "c")
    assert result.exit_code == 0
    assert result.output == ("Campaign c: 2 manifests, 2 artefacts, 11 bytes verified, 0 missing or corrupt\n")


def test_verify_names_each_missing_and_corrupt_key_and_exits_1(workspace: Workspace) -> None:
    store = workspace.store
    missing, corrupt, _ = capture(store, "33063", b"missing", b"corrupt", b"fine")
    capture(store, "33064", b"other")
    broken = manifest_key(AuditId(campaign="c", code="33064"))
    store.delete(missing.key)
    Path(store.location(corrupt.key)).write_bytes(Path(store.location(corrupt.key)).read_bytes()[:-1] + b"?")
    Path(store.location(broken)).write_bytes(b"damaged")
    result = run("verify", *out(workspace))
    named = manifest_key(AuditId(campaign="c", code="33063"))
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"missing  {missing.key} (named by {named})",
        f"corrupt  {corrupt.key} (named by {named})",
        f"corrupt  {broken}",
        "Campaign c: 2 manifests, 1 artefacts, 4 bytes verified, 3 missing or corrupt",
    ]


def test_verify_misses_a_manifest_that_the_database_expects(workspace: Workspace) -> None:
    audit = AuditId(campaign="c", code="33063")
    verdicts = VerdictSet(
        audit_id=str(audit),
        campaign="c",
        sequence=1,
        authority=Authority(code="33063", kind=Kind.COMMUNE, name="Colombe", nature="COM"),
        rule_set="2026.1",
        manifest_key=manifest_key(audit),
        captured_at=AT,
        analyzed_at=AT,
        verdicts=(),
    )
    SqlVerdictStore(workspace.engine).record(verdicts)
    result = run("verify", *out(workspace))
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == f"missing  {manifest_key(audit)}"


def test_the_commands_work_on_the_store_of_the_environment(
    workspace: Workspace, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3_server.new_bucket()
    capture(open_store(s3_server.settings(bucket)), "33063", b"page")
    values: dict[str, Any] = {
        "AUDIT_STORE_URL": f"s3://{bucket}",
        "AUDIT_S3_ENDPOINT_URL": s3_server.endpoint,
        "AUDIT_S3_REGION": s3_server.region,
        "AUDIT_S3_ACCESS_KEY": s3_server.access_key,
        "AUDIT_S3_SECRET_KEY": s3_server.secret_key,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert "1 manifests, 1 artefacts" in run("verify", *out(workspace)).output
    assert "1 stored" in run("sweep", *out(workspace), "--dry-run").output.splitlines()[0]


@pytest.mark.parametrize("command", ["sweep", "verify"])
def test_a_folder_without_an_audit_is_bad_input(tmp_path: Path, command: str) -> None:
    with pytest.raises(BadInput, match="no audit there"):
        run(command, "--out", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_archive_of_a_visit_is_written_out_and_kept_by_the_sweep(workspace: Workspace, tmp_path: Path) -> None:
    target, out = tmp_path / "colombe.wacz", str(workspace.folder)
    authority = Authority(code="33377", kind=Kind.COMMUNE, name="Colombe", nature="COM")
    workspace.ledger.request("c", [authority], AT)
    wanted = ("wacz", "33377", "--out-file", str(target), "--out", out)
    with pytest.raises(BadInput, match="not captured"):
        run(*wanted)
    capture(workspace.store, "33377", b"page")
    with pytest.raises(BadInput, match="--wacz"):
        run(*wanted)
    key = manifest_key(AuditId(campaign="c", code="33377"))
    manifest = Manifest.model_validate_json(workspace.store.get_document(key))
    ref = workspace.store.put(b"PK archive", MediaType.WACZ)
    workspace.store.put_document(key, manifest.model_copy(update={"wacz": ref}).model_dump_json().encode())
    assert ref.sha256 in run(*wanted).output
    assert target.read_bytes() == b"PK archive"
    age(workspace.store, ref.key, days=60)
    run("sweep", "--out", out)
    assert workspace.store.get(ref) == b"PK archive"


def test_the_archive_of_an_unknown_authority_is_bad_input(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="99999: not in campaign"):
        run("wacz", "99999", "--out-file", str(tmp_path / "x"), "--out", str(workspace.folder))
