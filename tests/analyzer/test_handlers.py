"""Analysing a stored capture: the documents written, and what a second delivery does."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.analyzer.handlers import AnalyzeSite
from services.analyzer.judging import judge
from services.analyzer.loading import load_site
from services.analyzer.metrics import ANALYZER
from services.analyzer.rules import current_rule_set, evaluate
from services.contracts.artefacts import manifest_key, rule_set_key, verdicts_key
from services.contracts.audits import AuditId
from services.contracts.capture import Hop
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing
from services.contracts.messages import SiteCaptured
from services.contracts.reasons import Reason
from services.contracts.verdicts import FUNCTIONAL_SITE, RuleSet, VerdictSet, release_of
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import FixedClock
from tests.analyzer.fixtures import Table, build_manifest
from tests.measured import Measured

AT = datetime(2026, 11, 3, tzinfo=UTC)
LATER = datetime(2026, 11, 4, tzinfo=UTC)
AUDIT = AuditId(campaign="test", code="33999")
MESSAGE = SiteCaptured(audit=AUDIT, manifest_key=manifest_key(AUDIT))


def _captured(store: FolderArtefactStore, table: Table) -> None:
    store.put_document(MESSAGE.manifest_key, build_manifest(table, store).model_dump_json().encode())


def test_a_capture_becomes_a_stored_set_of_verdicts(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    _captured(store, {})
    measured = Measured(ANALYZER)
    answer = AnalyzeSite(store, FixedClock(AT))(MESSAGE)

    version = current_rule_set().version
    assert (answer.verdicts_key, answer.rule_set) == (verdicts_key(AUDIT, version), version)
    verdicts = VerdictSet.model_validate_json(store.get_document(answer.verdicts_key))
    assert (verdicts.analyzed_at, verdicts.unmeasured, verdicts.audit_id) == (AT, None, "test/33999/1")
    assert [v.indicator for v in verdicts.verdicts] == [spec.id for spec in current_rule_set().indicators]
    site = load_site(build_manifest({}, store), store)
    assert judge(site) == evaluate(site)
    counted = {(v.indicator, v.state): 2 for v in verdicts.verdicts}
    assert measured.changes("audit_verdicts_total") == counted
    for family in {str(spec.family) for spec in current_rule_set().indicators if spec.family}:
        assert measured.change("audit_analysis_family_seconds_count", family=family) == 2
    assert measured.value("audit_rule_set_release") == release_of(version)
    assert RuleSet.model_validate_json(store.get_document(rule_set_key(version))) == current_rule_set()


def test_the_verdicts_say_which_address_the_home_page_was_served_from(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    manifest = build_manifest({}, store)
    served = {"url": "https://www.saint-exemple.fr/", "status": 200, "at": AT, "remote_address": "51.91.236.193"}
    pages = [page.model_copy(update={"hops": (Hop.model_validate(served),)}) for page in manifest.pages]
    seen = manifest.model_copy(update={"pages": tuple(pages)})
    store.put_document(MESSAGE.manifest_key, seen.model_dump_json().encode())
    answer = AnalyzeSite(store, FixedClock(AT))(MESSAGE)
    assert VerdictSet.model_validate_json(store.get_document(answer.verdicts_key)).address == "51.91.236.193"
    unread = seen.model_copy(update={"pages": tuple(page.model_copy(update={"status": 500}) for page in pages)})
    assert unread.address is None


def test_the_indicator_that_says_whether_a_site_works_is_in_the_rule_set() -> None:
    assert FUNCTIONAL_SITE in {spec.id for spec in current_rule_set().indicators}


def test_evidence_of_the_manifest_names_its_stored_bytes(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    _captured(store, {"declared_url": ""})
    answer = AnalyzeSite(store, FixedClock(AT))(MESSAGE)
    verdicts = VerdictSet.model_validate_json(store.get_document(answer.verdicts_key))
    proof = verdicts.verdicts[0].evidence[0]
    assert proof.artefact == MESSAGE.manifest_key
    assert proof.sha256 is not None
    assert len(proof.sha256) == 64


def test_a_second_delivery_changes_nothing(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    _captured(store, {})
    first = AnalyzeSite(store, FixedClock(AT))(MESSAGE)
    again = AnalyzeSite(store, FixedClock(LATER))(MESSAGE)
    assert again == first
    assert VerdictSet.model_validate_json(store.get_document(first.verdicts_key)).analyzed_at == AT


def test_a_site_that_could_not_be_seen_is_unmeasured_with_its_reason(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    _captured(store, {"captured": False, "failure": "robots"})
    answer = AnalyzeSite(store, FixedClock(AT))(MESSAGE)
    verdicts = VerdictSet.model_validate_json(store.get_document(answer.verdicts_key))
    assert verdicts.unmeasured is Reason.ROBOTS


def test_a_missing_or_broken_manifest_is_an_error_that_says_which(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    with pytest.raises(ArtefactMissing, match="manifest"):
        AnalyzeSite(store, FixedClock(AT))(MESSAGE)
    store.put_document(MESSAGE.manifest_key, b'{"audit": 1}')
    with pytest.raises(ArtefactCorrupt, match="not a manifest"):
        AnalyzeSite(store, FixedClock(AT))(MESSAGE)
