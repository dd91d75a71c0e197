"""What changed between two editions, and why."""

import pytest
from sqlalchemy import Engine

from services.aggregator.adapters.editions import Edition, Editions
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.changes import Cause, Change, Said, changes_of
from services.contracts.artefacts import verdicts_key
from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.contracts.verdicts import State, Verdict, VerdictSet
from services.runtime.artefacts import ArtefactStore
from tests.aggregator.country import CAMPAIGN_NAME, authorities, plan_campaign, verdict, verdict_set

TOWN = authorities(1)[0]
YES, NO, UNSEEN = State.YES, State.NO, State.UNDETERMINED


def edition(state: State, *, visit: int = 1, town: Authority = TOWN, rules: str = "r1-0badcafe") -> VerdictSet:
    found = [Verdict(indicator="hsts", state=state, rule=f"hsts@{rules[1]}"), verdict("mobile_full", YES)]
    return verdict_set(town, found, sequence=visit, rule_set=rules)


def only(before: VerdictSet, after: VerdictSet, rejudged: VerdictSet | None = None) -> Change:
    (change,) = changes_of(before, after, rejudged)
    return change


def test_equal_verdicts_are_no_change() -> None:
    assert list(changes_of(edition(YES), edition(YES, visit=2))) == []


def test_the_same_capture_judged_otherwise_is_a_change_of_the_rule() -> None:
    change = only(edition(YES), edition(NO, rules="r2-0badcafe"))
    assert (change.before, change.after, change.cause) == (Said(state=YES), Said(state=NO), Cause.RULE)


def test_another_visit_under_the_same_rule_is_a_change_of_the_site() -> None:
    assert only(edition(YES), edition(NO, visit=2)).cause is Cause.SITE


def test_the_earlier_capture_under_the_later_rules_tells_rule_from_site() -> None:
    later = edition(NO, visit=2, rules="r2-0badcafe")
    assert only(edition(YES), later, edition(NO, rules="r2-0badcafe")).cause is Cause.RULE
    assert only(edition(YES), later, edition(YES, rules="r2-0badcafe")).cause is Cause.SITE
    assert only(edition(YES), later).cause is Cause.RULE


def test_what_one_visit_could_not_see_is_a_change_of_measurement() -> None:
    assert only(edition(YES), edition(UNSEEN, visit=2)).cause is Cause.MEASUREMENT


def test_what_directories_say_is_a_change_of_the_frame() -> None:
    moved = TOWN.model_copy(update={"declared_url": "https://www.nouveau.example"})
    assert only(edition(YES), edition(NO, visit=2, town=moved)).cause is Cause.FRAME


def test_a_new_indicator_is_a_change_of_the_rule() -> None:
    before = verdict_set(TOWN, [verdict("hsts", YES)])
    after = verdict_set(TOWN, [verdict("hsts", YES), verdict("spf", NO)], sequence=2)
    change = only(before, after)
    assert (change.indicator, change.before, change.cause) == ("spf", None, Cause.RULE)


def test_values_of_enumerations_are_compared_and_numbers_are_not() -> None:
    before = verdict_set(TOWN, [verdict("legal_notice", YES, "complete"), verdict("page_weight_kb", YES, 12.0)])
    after = verdict_set(TOWN, [verdict("legal_notice", YES, "partial"), verdict("page_weight_kb", YES, 900.0)])
    assert [change.indicator for change in changes_of(before, after)] == ["legal_notice"]


def keep(store: ArtefactStore, verdicts: VerdictSet) -> None:
    key = verdicts_key(AuditId.parse(verdicts.audit_id), verdicts.rule_set)
    store.put_document(key, verdicts.model_dump_json().encode())


def test_editions_of_one_campaign_are_read_by_their_rule_set(engine: Engine, store: ArtefactStore) -> None:
    plan_campaign(engine, [(TOWN, AuditState.MEASURED, None)])
    verdicts = SqlVerdictStore(engine)
    for one in (edition(YES), edition(NO, rules="r2-0badcafe")):
        keep(store, one)
        verdicts.record(one)
    editions = Editions(store, verdicts)
    older, current = Edition(campaign=CAMPAIGN_NAME, rule_set="r1-0badcafe"), Edition(campaign=CAMPAIGN_NAME)
    counts, changes = editions.compare(older, current)
    assert (counts.shared, counts.only_before, counts.only_after) == (1, 0, 0)
    assert [(change.indicator, change.cause) for change in changes] == [("hsts", Cause.RULE)]


def test_an_edition_that_is_not_there_is_bad_input(engine: Engine, store: ArtefactStore) -> None:
    editions = Editions(store, SqlVerdictStore(engine))
    with pytest.raises(BadInput, match="nothing: no verdict is stored"):
        editions.compare(Edition(campaign="nothing"), Edition(campaign="nothing"))
    plan_campaign(engine, [(TOWN, AuditState.MEASURED, None)])
    SqlVerdictStore(engine).record(edition(YES))
    unknown = Edition(campaign=CAMPAIGN_NAME, rule_set="r9-0badcafe")
    with pytest.raises(BadInput, match="nothing was judged under r9-0badcafe"):
        editions.compare(unknown, Edition(campaign=CAMPAIGN_NAME))
