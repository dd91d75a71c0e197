"""Every fixture gives the outcome its name says, and every verdict carries its proof."""

from pathlib import Path

import pytest

from services.analyzer.rules import evaluate
from services.contracts.verdicts import EvidenceKind, State, Verdict
from services.runtime.artefacts import FolderArtefactStore
from tests.analyzer.fixtures import Fixture, fixtures


def _name(fixture: Fixture) -> str:
    return f"{fixture.indicator}/{fixture.path.stem}"


@pytest.mark.parametrize("fixture", fixtures(), ids=_name)
def test_a_fixture_gives_the_outcome_of_its_name_and_every_verdict_its_proof(fixture: Fixture, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    verdicts = {verdict.indicator: verdict for verdict in evaluate(fixture.site(store))}
    verdict = verdicts[fixture.indicator]

    assert verdict.state is fixture.state, (verdict.value, verdict.reasons, [e.snippet for e in verdict.evidence])
    if "value" in fixture.table:
        assert verdict.value == fixture.table["value"]
    assert set(fixture.table.get("reasons", [])) <= set(verdict.reasons)
    if "evidence" in fixture.table:
        snippets = [evidence.snippet for evidence in verdict.evidence]
        assert any(fixture.table["evidence"] in snippet for snippet in snippets), snippets
    for each in verdicts.values():
        _check(each, store)


def _check(verdict: Verdict, store: FolderArtefactStore) -> None:
    where = f"{verdict.indicator} {verdict.state}"
    if verdict.state in {State.YES, State.PARTIAL, State.NO}:
        assert verdict.evidence, f"{where} has no evidence"
        assert verdict.confidence > 0, where
    if verdict.state in {State.UNDETERMINED, State.NOT_APPLICABLE}:
        assert verdict.reasons, f"{where} has no reason"
    for evidence in verdict.evidence:
        stored = evidence.artefact is not None and evidence.artefact.startswith("raw/")
        assert not stored or store.exists(evidence.artefact or ""), f"{where}: {evidence.artefact} is not stored"
        assert not stored or evidence.sha256, where
        assert evidence.kind is EvidenceKind.SCREENSHOT or evidence.snippet, f"{where}: {evidence.kind} shows nothing"
