"""The gauges of the country are the statistics of its newest campaign."""

import math
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, update

from services.aggregator.adapters.national_gauges import NationalGauges, show
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.headlines import headlines
from services.aggregator.domain.outcomes import Conservation, outcomes
from services.aggregator.domain.publication import Condition, obstacles
from services.aggregator.domain.statistics import Statistic, derive
from services.aggregator.metrics import AGGREGATOR
from services.contracts.artefacts import rule_set_key
from services.contracts.audits import AuditState, is_standing
from services.contracts.verdicts import RuleSet, State
from services.runtime.artefacts import ArtefactStore
from services.runtime.clock import FixedClock
from services.runtime.tables import CAMPAIGN
from tests.aggregator.country import (
    CAMPAIGN_NAME,
    NOON,
    RULE_SET,
    RULES,
    authorities,
    fill,
    plan_campaign,
    spec,
    verdict,
    verdict_set,
)
from tests.aggregator.test_statistics import commune, outcome, row
from tests.measured import Measured


@pytest.fixture
def gauges(engine: Engine, store: ArtefactStore) -> NationalGauges:
    store.put_document(rule_set_key(RULES), RULE_SET.model_dump_json().encode())
    return NationalGauges(engine, store, FixedClock(NOON))


def test_before_any_campaign_there_are_no_figures_but_those_of_2018(gauges: NationalGauges) -> None:
    gauges()
    measured = Measured(AGGREGATOR)
    assert math.isnan(measured.value("audit_national_share_ratio", headline="F1.1", scope="communes"))
    assert measured.value("audit_national_measured_authorities", headline="F1.1", scope="communes") == 0
    assert measured.value("audit_baseline_share_ratio", headline="F1.1") == pytest.approx(0.417)
    assert measured.value("audit_statistics_timestamp_seconds") == NOON.timestamp()


def test_every_headline_is_that_of_the_published_statistics(engine: Engine, gauges: NationalGauges) -> None:
    fill(engine, 300)
    gauges()
    measured, store = Measured(AGGREGATOR), SqlVerdictStore(engine)
    results = outcomes(store.audits(CAMPAIGN_NAME))
    statistics = derive(RULE_SET, results, store.load_verdicts(CAMPAIGN_NAME))
    compared = 0
    for headline in headlines(statistics):
        where = {"headline": headline.tile.id, "scope": headline.tile.scope}
        estimate, statistic = headline.estimate, headline.statistic
        if estimate is None or statistic is None:
            assert math.isnan(measured.value("audit_national_share_ratio", **where))
            continue
        compared += 1
        judged = statistic.measured + statistic.undetermined
        assert measured.value("audit_national_share_ratio", **where) == estimate.share
        assert measured.value("audit_national_share_bound_ratio", **where, bound="lower") == estimate.low
        assert measured.value("audit_national_share_bound_ratio", **where, bound="upper") == estimate.high
        assert measured.value("audit_national_measured_authorities", **where) == estimate.measured
        assert measured.value("audit_national_undetermined_ratio", **where) == statistic.undetermined / judged
    assert compared >= 4
    gironde = next(s for s in statistics if s.scope.id == "departement:33" and s.indicator.id == "has_functional_site")
    assert measured.value("audit_departement_share_ratio", departement="33") == gironde.share((State.YES,)).share


def test_figures_are_derived_again_only_when_something_has_changed(
    engine: Engine, gauges: NationalGauges, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, other = authorities(2)
    plan_campaign(engine, [(town, AuditState.MEASURED, None), (other, AuditState.RELEASED, None)])
    store, looks = SqlVerdictStore(engine), list[str]()
    monkeypatch.setattr(SqlVerdictStore, "planned", lambda _self, campaign: looks.append(campaign) or 2)
    store.record(verdict_set(town, [verdict("has_functional_site", State.YES)]))
    gauges()
    gauges()
    assert looks == [CAMPAIGN_NAME]
    store.record(verdict_set(other, [verdict("has_functional_site", State.NO)]))
    gauges()
    assert looks == [CAMPAIGN_NAME] * 2
    measured = Measured(AGGREGATOR)
    assert measured.value("audit_national_share_ratio", headline="F1.1", scope="communes") == 0.5


def test_canaries_re_audits_and_campaigns_that_have_not_begun_stand_for_no_country(
    engine: Engine, gauges: NationalGauges
) -> None:
    town = authorities(1)[0]
    plan_campaign(engine, [(town, AuditState.MEASURED, None)])
    SqlVerdictStore(engine).record(verdict_set(town, [verdict("has_functional_site", State.YES)]))
    later = {"frame": "f", "seed": 1, "parameters": "{}", "created_at": NOON + timedelta(days=1)}
    with engine.begin() as connection:
        connection.execute(
            insert(CAMPAIGN),
            [
                {"name": "canary", "state": "running", **later},
                {"name": "on-demand-2", "state": "running", **later},
                {"name": "next", "state": "planned", **later},
            ],
        )
    gauges()
    assert Measured(AGGREGATOR).value("audit_national_measured_authorities", headline="F1.1", scope="communes") == 1
    with engine.begin() as connection:
        connection.execute(update(CAMPAIGN).where(CAMPAIGN.c.name == "next").values(state="running"))
    gauges()
    assert Measured(AGGREGATOR).value("audit_national_measured_authorities", headline="F1.1", scope="communes") == 0


@pytest.mark.parametrize(
    ("name", "standing"),
    [("canary", True), ("on-demand", True), ("on-demand-12", True), ("2026-11", False), ("canary-islands", False)],
)
def test_standing_campaigns_are_known_by_their_names(name: str, *, standing: bool) -> None:
    assert is_standing(name) is standing


SITES = RuleSet(version="r1-1", indicators=(spec("has_functional_site", "Site", 1), spec("hsts", "HSTS", None)))


def sites(seen: int, undetermined: int, indicator: str = "has_functional_site") -> tuple[Statistic, ...]:
    """Return the statistics of that many communes of one stratum."""
    codes = [f"33{n:03}" for n in range(1, seen + undetermined + 1)]
    results = {code: outcome(commune(int(code[2:]))) for code in codes}
    states = [State.YES] * seen + [State.UNDETERMINED] * undetermined
    rows = [row(code, state, indicator) for code, state in zip(codes, states, strict=True)]
    others = ({spec.id for spec in SITES.indicators} - {indicator}).pop()
    rows += [row(code, State.YES, others) for code in codes]
    return derive(SITES, results, rows)


WHOLE = Conservation(planned=20, measured=20)


@pytest.mark.parametrize(
    ("balance", "statistics", "failing"),
    [
        (WHOLE, sites(19, 1), set()),
        (WHOLE, sites(18, 1), {Condition.UNDETERMINED}),
        (WHOLE, sites(1, 19, "hsts"), set()),
        (WHOLE, sites(0, 5), set()),
        (WHOLE, (), set()),
        (Conservation(planned=21, measured=20), sites(19, 1), {Condition.CONSERVATION}),
    ],
    ids=["a twentieth", "more", "no headline", "nothing measured", "nothing at all", "one is nowhere"],
)
def test_a_study_is_published_when_all_is_somewhere_and_little_is_undetermined(
    balance: Conservation, statistics: tuple[Statistic, ...], failing: set[Condition]
) -> None:
    assert {obstacle.condition for obstacle in obstacles(balance, statistics)} == failing
    show(statistics, balance)
    measured = Measured(AGGREGATOR)
    for condition in Condition:
        assert measured.value("audit_publication_condition", condition=condition) == (condition not in failing)
