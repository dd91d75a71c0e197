"""Recording the verdicts that a message names."""

import pytest
from sqlalchemy import Engine

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.handlers import RecordVerdicts
from services.aggregator.metrics import AGGREGATOR
from services.contracts.artefacts import verdicts_key
from services.contracts.audits import AuditId
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, UnsupportedSchema
from services.contracts.messages import SiteAnalyzed
from services.contracts.reasons import Reason
from services.contracts.verdicts import FUNCTIONAL_SITE, State, VerdictSet
from services.runtime.artefacts import ArtefactStore
from tests.aggregator.country import CAMPAIGN_NAME, RULES, authorities, verdict, verdict_set
from tests.measured import Measured

TOWN = authorities(1)[0]


def delivered(store: ArtefactStore, document: VerdictSet | bytes, code: str = TOWN.code) -> SiteAnalyzed:
    audit = AuditId(campaign=CAMPAIGN_NAME, code=code)
    key = verdicts_key(audit, RULES)
    store.put_document(key, document if isinstance(document, bytes) else document.model_dump_json().encode())
    return SiteAnalyzed(audit=audit, verdicts_key=key, rule_set=RULES)


def test_a_second_delivery_gives_the_same_answer_and_changes_nothing(engine: Engine, store: ArtefactStore) -> None:
    verdicts = SqlVerdictStore(engine)
    handle, measured = RecordVerdicts(store, verdicts), Measured(AGGREGATOR)
    message = delivered(store, verdict_set(TOWN, [verdict("x", State.YES)]))
    first = handle(message)
    rows = list(verdicts.load_verdicts(CAMPAIGN_NAME))
    assert len(rows) == 1
    assert handle(message) == first
    assert list(verdicts.load_verdicts(CAMPAIGN_NAME)) == rows
    assert (first.audit, first.unmeasured, first.rule_set) == (message.audit, None, RULES)
    assert measured.changes("audit_verdict_sets_total") == {("current",): 1, ("older",): 1}


def test_why_a_site_could_not_be_judged_goes_back_to_the_ledger(engine: Engine, store: ArtefactStore) -> None:
    message = delivered(store, verdict_set(TOWN, [], unmeasured=Reason.BLOCKED))
    assert RecordVerdicts(store, SqlVerdictStore(engine))(message).unmeasured is Reason.BLOCKED


@pytest.mark.parametrize(
    ("state", "works"),
    [(State.YES, True), (State.PARTIAL, True), (State.NO, False), (State.UNDETERMINED, None), (None, None)],
)
def test_whether_the_site_works_and_where_it_is_goes_back_to_the_ledger(
    engine: Engine, store: ArtefactStore, state: State | None, works: bool | None
) -> None:
    found = [verdict(FUNCTIONAL_SITE, state)] if state else []
    message = delivered(store, verdict_set(TOWN, found, address="51.91.236.193"))
    closed = RecordVerdicts(store, SqlVerdictStore(engine))(message)
    assert (closed.works, closed.address) == (works, "51.91.236.193")


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"{}", ArtefactCorrupt),
        (b"not json", ArtefactCorrupt),
        (verdict_set(TOWN, [], schema_version=2), UnsupportedSchema),
        (verdict_set(TOWN, [], sequence=2), ArtefactCorrupt),
        (verdict_set(TOWN.model_copy(update={"code": "01001"}), []), ArtefactCorrupt),
        (verdict_set(TOWN, [verdict("x", State.YES), verdict("x", State.NO)]), ArtefactCorrupt),
    ],
    ids=["no fields", "no JSON", "later schema", "another sequence", "another authority", "one indicator twice"],
)
def test_a_document_that_cannot_be_trusted_is_refused(
    engine: Engine, store: ArtefactStore, document: VerdictSet | bytes, error: type[Exception]
) -> None:
    verdicts = SqlVerdictStore(engine)
    with pytest.raises(error):
        RecordVerdicts(store, verdicts)(delivered(store, document))
    assert list(verdicts.load_verdicts(CAMPAIGN_NAME)) == []


def test_verdicts_that_are_not_in_the_store_are_missing(engine: Engine, store: ArtefactStore) -> None:
    message = SiteAnalyzed(
        audit=AuditId(campaign=CAMPAIGN_NAME, code=TOWN.code), verdicts_key="evidence/none", rule_set=RULES
    )
    with pytest.raises(ArtefactMissing):
        RecordVerdicts(store, SqlVerdictStore(engine))(message)
