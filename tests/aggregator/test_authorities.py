"""One page an authority: what was seen, each verdict with its proof, what to mend first."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.remedies import all_remedies, remedies_for
from services.aggregator.study import publish_study
from services.analyzer.indicators import INDICATORS
from services.contracts.artefacts import MediaType, manifest_key, verdicts_key
from services.contracts.audits import AuditId, AuditState
from services.contracts.capture import Manifest, PageCapture, PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State, Verdict
from services.runtime.artefacts import ArtefactStore
from tests.aggregator.country import CAMPAIGN_NAME, NOON, RULE_SET, authorities, plan_campaign, verdict, verdict_set

TOWN, OTHER = authorities(2)[:2]
HOSTILE = "<script>alert(1)</script> & jeanne.durand@ville.fr"


def keep(engine: Engine, store: ArtefactStore, verdicts: list[Verdict], *, unmeasured: Reason | None = None) -> None:
    """Plan one authority, store its capture with two pictures, and record its verdicts."""
    state = AuditState.UNMEASURED if unmeasured else AuditState.MEASURED
    plan_campaign(engine, [(TOWN, state, unmeasured)])
    found = verdict_set(TOWN, verdicts, unmeasured=unmeasured)
    audit = AuditId.parse(found.audit_id)
    pages = [
        PageCapture(
            page_class=PageClass.HOME,
            viewport=viewport,
            url="http://ville.example/",
            status=200,
            screenshot=store.put(f"picture {viewport}".encode(), MediaType.JPEG),
            at=NOON,
        )
        for viewport in (Viewport.DESKTOP, Viewport.MOBILE)
    ]
    manifest = Manifest(
        audit=audit,
        authority=TOWN,
        normalised_url="http://ville.example/",
        started_at=NOON,
        finished_at=NOON,
        user_agent="test",
        browser="Chromium/156",
        fetcher_version="0",
        page_plan="1",
        pages=tuple(pages),
    )
    store.put_document(manifest_key(audit), manifest.model_dump_json().encode())
    store.put_document(verdicts_key(audit, found.rule_set), found.model_dump_json().encode())
    SqlVerdictStore(engine).record(found)


def page(engine: Engine, store: ArtefactStore, out: Path) -> str:
    publish_study(
        engine,
        store,
        CAMPAIGN_NAME,
        out,
        generated_at=NOON,
        synthetic=False,
        rule_set=RULE_SET,
        contact="https://example.org/audit",
    )
    return (out / "authorities" / TOWN.code / "index.html").read_text(encoding="utf-8")


def test_a_page_shows_both_screens_each_verdict_and_how_to_contest(
    engine: Engine, store: ArtefactStore, tmp_path: Path
) -> None:
    proof = Evidence(kind=EvidenceKind.TEXT, url="http://ville.example/", snippet=HOSTILE, sha256="0" * 64)
    legal = verdict("legal_notice", State.PARTIAL, "partial").model_copy(update={"evidence": (proof,)})
    keep(engine, store, [verdict("has_functional_site", State.YES), legal, verdict("hsts", State.NO)])
    shown = page(engine, store, tmp_path)
    assert shown.count('src="data:image/jpeg;base64,') == 2
    assert "partielles" in shown
    assert "Que corriger d’abord" in shown
    assert "Strict-Transport-Security" in shown
    assert f"{CAMPAIGN_NAME}/{TOWN.code}/1" in shown
    assert "https://example.org/audit" in shown
    assert "<script>" not in shown
    assert "jeanne.durand" not in shown
    assert "…@ville.fr" in shown


def test_a_site_that_was_not_measured_is_told_so_and_given_no_advice(
    engine: Engine, store: ArtefactStore, tmp_path: Path
) -> None:
    keep(engine, store, [verdict("hsts", State.UNDETERMINED, reason="blocked")], unmeasured=Reason.BLOCKED)
    shown = page(engine, store, tmp_path)
    assert "Site non mesuré" in shown
    assert "Que corriger d’abord" not in shown


def test_a_capture_that_is_lost_leaves_a_page_without_pictures(
    engine: Engine, store: ArtefactStore, tmp_path: Path
) -> None:
    plan_campaign(engine, [(TOWN, AuditState.MEASURED, None), (OTHER, AuditState.PLANNED, None)])
    found = verdict_set(TOWN, [verdict("hsts", State.NO)])
    store.put_document(verdicts_key(AuditId.parse(found.audit_id), found.rule_set), found.model_dump_json().encode())
    SqlVerdictStore(engine).record(found)
    assert "Aucune image" in page(engine, store, tmp_path)
    assert [path.name for path in (tmp_path / "authorities").iterdir()] == [TOWN.code]


def test_the_report_leads_to_the_pages(engine: Engine, store: ArtefactStore, tmp_path: Path) -> None:
    keep(engine, store, [verdict("hsts", State.NO)])
    page(engine, store, tmp_path)
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(authorities/[^"]+)"', report)
    assert links == [f"authorities/{TOWN.code}/index.html"]
    assert (tmp_path / links[0]).is_file()


def test_the_cheapest_steps_come_first() -> None:
    steps = remedies_for(
        [verdict("mobile_full", State.NO), verdict("hsts", State.NO), verdict("dpo_contact", State.NO)]
    )
    assert [step.indicator for step in steps] == ["hsts", "dpo_contact", "mobile_full"]
    assert remedies_for([verdict("hsts", State.YES)]) == ()


@pytest.mark.parametrize("remedy", all_remedies(), ids=lambda remedy: remedy.indicator)
def test_a_remedy_speaks_of_states_that_an_indicator_has(remedy: object) -> None:
    states = {indicator.id: set(indicator.states) for indicator in INDICATORS}
    assert set(getattr(remedy, "when")) <= states[getattr(remedy, "indicator")]  # noqa: B009
    assert getattr(remedy, "source")  # noqa: B009
