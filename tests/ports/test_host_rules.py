"""Opt-outs and stopped host groups, and what they do to a release."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput
from services.scheduler.adapters.host_rules import SqlHostRules
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain import host_rules
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.host_rules import RuleKind, make_rule

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SITES = {"33001": "https://www.un.fr", "33002": "https://blog.deux.fr", "33003": "https://deux.fr", "33004": None}


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    ledger = SqlLedger(engine)
    campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1)
    communes = [
        Authority(code=code, kind=Kind.COMMUNE, name="Ville", nature="COM", population=100, declared_url=url)
        for code, url in SITES.items()
    ]
    ledger.create(campaign, plan(campaign, communes))
    return ledger


@pytest.fixture
def rules(engine: Engine) -> SqlHostRules:
    return SqlHostRules(engine)


def released(ledger: SqlLedger, at: datetime = NOON, rested_since: datetime | None = None) -> set[str]:
    return {row.audit.code for row in ledger.release("c", 10, at, rested_since=rested_since)}


def test_audits_of_an_opted_out_host_are_unmeasured_and_say_so(ledger: SqlLedger, rules: SqlHostRules) -> None:
    rules.add(make_rule(RuleKind.OPTED_OUT, "www.un.fr", "demande du maire", NOON))
    assert "33001" not in released(ledger)
    progress = ledger.progress("c")
    assert progress.unmeasured == {"opted_out": 1}
    assert progress.residue == 0
    assert rules.opted_out() == ("un.fr",)


def test_an_opted_out_host_is_visited_again_once_the_rule_is_removed(ledger: SqlLedger, rules: SqlHostRules) -> None:
    rules.add(make_rule(RuleKind.OPTED_OUT, "un.fr", "demande", NOON))
    assert rules.remove(RuleKind.OPTED_OUT, "un.fr")
    assert not rules.remove(RuleKind.OPTED_OUT, "un.fr")
    assert "33001" in released(ledger)


def test_a_stopped_group_waits_and_goes_on_when_it_is_resumed(ledger: SqlLedger, rules: SqlHostRules) -> None:
    rules.add(make_rule(RuleKind.STOPPED, "deux.fr", "serveur surchargé", NOON))
    assert released(ledger) == {"33001", "33004"}
    assert ledger.progress("c").waiting == 2
    rules.remove(RuleKind.STOPPED, "deux.fr")
    assert len(released(ledger)) == 1


def test_a_rule_given_twice_keeps_the_newer_reason(rules: SqlHostRules) -> None:
    for reason in ("premier", "second"):
        rules.add(make_rule(RuleKind.OPTED_OUT, "un.fr", reason, NOON))
    assert [(rule.host, rule.reason) for rule in rules.rules(RuleKind.OPTED_OUT)] == [("un.fr", "second")]
    assert rules.rules(RuleKind.STOPPED) == ()


def test_there_are_at_most_so_many_rules(rules: SqlHostRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.scheduler.adapters.host_rules.MAX_RULES", 1)
    assert host_rules.MAX_RULES > 1
    rules.add(make_rule(RuleKind.OPTED_OUT, "un.fr", "demande", NOON))
    rules.add(make_rule(RuleKind.OPTED_OUT, "un.fr", "redite", NOON))
    with pytest.raises(BadInput, match="remove one first"):
        rules.add(make_rule(RuleKind.OPTED_OUT, "deux.fr", "demande", NOON))


def test_a_host_group_rests_between_two_audits(ledger: SqlLedger) -> None:
    first = released(ledger) & {"33002", "33003"}
    assert len(first) == 1
    ledger.close(AuditId(campaign="c", code=first.pop()), None, NOON + timedelta(seconds=10))
    soon, later = NOON + timedelta(seconds=10.5), NOON + timedelta(seconds=11.1)
    assert released(ledger, soon, soon - timedelta(seconds=1)) == set()
    assert len(released(ledger, later, later - timedelta(seconds=1))) == 1
