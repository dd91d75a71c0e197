"""The verdict store: whatever is delivered, in whatever order, the set of the highest rank is current."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.contracts.reasons import Reason
from services.contracts.verdicts import State, VerdictSet
from services.runtime.tables import VERDICT, VERDICT_SET
from tests.aggregator.country import CAMPAIGN_NAME, NOON, plan_campaign, verdict, verdict_set

TOWN = Authority(code="33063", kind=Kind.COMMUNE, name="Bordeaux", nature="COM", population=260_000)


def version(sequence: int, capture: int, release: int, analysis: int) -> VerdictSet:
    """Return a set whose verdict tells its rank."""
    rank = f"{sequence}{capture}{release}{analysis}"
    return verdict_set(
        TOWN,
        [verdict("x", State.YES, rank), *([verdict(f"extra{rank}", State.NO)] if analysis else [])],
        sequence=sequence,
        rule_set=f"r{release}-{rank}",
        captured_at=NOON + timedelta(minutes=capture),
        analyzed_at=NOON + timedelta(hours=analysis),
    )


# Releases 9 and 10 differ in the order of numbers and of texts.
VERSIONS = [version(*rank) for rank in itertools.product((1, 2), (0, 1), (9, 10), (0, 1))]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=20))
def test_duplicate_late_and_out_of_order_deliveries_change_nothing(
    engine: Engine, deliveries: list[VerdictSet]
) -> None:
    with engine.begin() as connection:
        connection.execute(delete(VERDICT))
        connection.execute(delete(VERDICT_SET))
    best = max(deliveries, key=lambda s: s.rank)
    store, highest = SqlVerdictStore(engine), None
    for delivery in deliveries:
        accepted = store.record(delivery)
        assert accepted == (highest is None or delivery.rank > highest)
        highest = delivery.rank if accepted else highest
    rows = list(store.load_verdicts(CAMPAIGN_NAME))
    assert [(r.indicator, r.text) for r in rows] == sorted((v.indicator, v.value) for v in best.verdicts)
    assert store.manifests(CAMPAIGN_NAME) == [(AuditId.parse(best.audit_id), best.manifest_key)]


def test_concurrent_deliveries_leave_one_complete_set(engine: Engine) -> None:
    store = SqlVerdictStore(engine)
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(store.record, VERSIONS * 4))
    assert any(accepted)
    best = max(VERSIONS, key=lambda s: s.rank)
    rows = list(store.load_verdicts(CAMPAIGN_NAME))
    assert {(r.indicator, r.text) for r in rows} == {(v.indicator, v.value) for v in best.verdicts}


def test_a_verdict_comes_back_as_it_was_recorded(engine: Engine) -> None:
    store = SqlVerdictStore(engine)
    verdicts = [
        verdict("a_number", State.PARTIAL, 12.5),
        verdict("a_word", State.NO, "parked", "robots"),
        verdict("nothing", State.UNDETERMINED),
    ]
    store.record(verdict_set(TOWN, verdicts))
    rows = list(store.load_verdicts(CAMPAIGN_NAME))
    assert [(r.indicator, r.state, r.number, r.text, r.reasons) for r in rows] == [
        ("a_number", State.PARTIAL, 12.5, None, ()),
        ("a_word", State.NO, None, "parked", ("robots",)),
        ("nothing", State.UNDETERMINED, None, None, ()),
    ]
    assert [r.indicator for r in store.load_verdicts(CAMPAIGN_NAME, "a_word")] == ["a_word"]
    assert list(store.load_verdicts("other")) == []


def test_a_text_from_a_page_that_holds_nul_is_stored(engine: Engine) -> None:
    store = SqlVerdictStore(engine)
    assert store.record(verdict_set(TOWN, [verdict("a_word", State.YES, "a\x00b")]))
    assert [r.text for r in store.load_verdicts(CAMPAIGN_NAME)] == ["a\N{REPLACEMENT CHARACTER}b"]


def test_times_of_another_offset_keep_their_instant(engine: Engine) -> None:
    store, paris = SqlVerdictStore(engine), timezone(timedelta(hours=2))
    store.record(verdict_set(TOWN, [], captured_at=NOON.astimezone(paris)))
    assert not store.record(verdict_set(TOWN, [], captured_at=NOON))
    plan_campaign(engine, [(TOWN, AuditState.MEASURED, None)])
    row = next(store.audits(CAMPAIGN_NAME))
    assert row.verdict_set is not None
    assert row.verdict_set.captured_at == NOON


def test_audits_come_with_the_current_verdicts_of_their_authority(engine: Engine) -> None:
    store = SqlVerdictStore(engine)
    other = TOWN.model_copy(update={"code": "33001", "name": "Abzac"})
    plan_campaign(engine, [(TOWN, AuditState.UNMEASURED, Reason.BLOCKED), (other, AuditState.RELEASED, None)])
    plan_campaign(engine, [(TOWN, AuditState.PLANNED, None)], sequence=2)
    store.record(verdict_set(TOWN, [], unmeasured=Reason.BLOCKED))
    rows = list(store.audits(CAMPAIGN_NAME))
    assert [(r.authority.name, r.sequence, r.state, r.verdict_set is not None) for r in rows] == [
        ("Abzac", 1, AuditState.RELEASED, False),
        ("Bordeaux", 1, AuditState.UNMEASURED, True),
        ("Bordeaux", 2, AuditState.PLANNED, True),
    ]
    assert store.planned(CAMPAIGN_NAME) == 2
    key = store.verdicts_key(CAMPAIGN_NAME, "33063")
    assert key == f"evidence/{CAMPAIGN_NAME}/33063/1/verdicts-r1-0badcafe.json.zst"
    assert store.verdicts_key(CAMPAIGN_NAME, "33001") is None


def test_an_unknown_campaign_is_said_to_be_unknown(engine: Engine) -> None:
    with pytest.raises(BadInput, match="no such campaign"):
        SqlVerdictStore(engine).frame("nowhere")
