"""Statistics derived from verdicts."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aggregator.domain.outcomes import Outcome, VerdictSetRow
from services.aggregator.domain.scopes import scopes_of
from services.aggregator.domain.statistics import Statistic, derive
from services.aggregator.domain.tallies import main_reason
from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.audits import AuditState
from services.contracts.authorities import Authority, Kind
from services.contracts.verdicts import RuleSet, State
from tests.aggregator.country import NOON, RULE_SET, authorities, random_verdicts, spec

ONE = RuleSet(version="r1-1", indicators=(spec("x", "X", 1),))


def outcome(authority: Authority, state: AuditState = AuditState.MEASURED, reason: str | None = None) -> Outcome:
    verdict_set = VerdictSetRow(
        sequence=1,
        rule_set="r1-1",
        captured_at=NOON,
        analyzed_at=NOON,
        unmeasured=reason,
        manifest_key="m",
        verdicts_key="v",
    )
    counts = state is AuditState.MEASURED
    return Outcome(authority=authority, state=state, reason=reason, verdict_set=verdict_set if counts else None)


def row(code: str, state: State, indicator: str = "x", **more: object) -> VerdictRow:
    fields = {"number": None, "text": None, "confidence": 1.0, "reasons": (), "rule": "x@1", **more}
    return VerdictRow(code=code, indicator=indicator, state=state, **fields)  # type: ignore[arg-type]


def commune(n: int, population: int | None = 300) -> Authority:
    return Authority(
        code=f"33{n:03}", kind=Kind.COMMUNE, name="V", nature="COM", population=population, departement="33",
        region="75",
    )  # fmt: skip


def only(statistics: tuple[Statistic, ...], scope: str = "communes") -> Statistic:
    return next(s for s in statistics if s.scope.id == scope)


def a_campaign(seed: int, count: int) -> tuple[dict[str, Outcome], list[VerdictRow]]:
    draw, results, rows = random.Random(seed), {}, []
    for authority in authorities(count, seed):
        fate = draw.random()
        if fate < 0.1:
            results[authority.code] = outcome(authority, AuditState.UNMEASURED, "stuck")
        elif fate < 0.2:
            results[authority.code] = outcome(authority, AuditState.RELEASED)
        else:
            _, verdicts = random_verdicts(authority, draw)
            results[authority.code] = outcome(authority)
            rows += [
                row(
                    authority.code,
                    v.state,
                    v.indicator,
                    text=v.value if isinstance(v.value, str) else None,
                    number=v.value if isinstance(v.value, float) else None,
                    reasons=v.reasons,
                )
                for v in verdicts
            ]
    return results, rows


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60))
def test_every_authority_of_a_scope_is_counted_once_and_reasons_add_up(seed: int, count: int) -> None:
    results, rows = a_campaign(seed, count)
    members = Counter(scope for o in results.values() for scope in scopes_of(o.authority))
    statistics = derive(RULE_SET, results, rows)
    assert {s.scope.id for s in statistics} == set(members)
    for s in statistics:
        assert s.authorities == members[s.scope.id]
        assert s.authorities == s.measured + s.undetermined + s.not_applicable + s.pending
        assert sum(s.reasons.values()) == s.undetermined
        assert s.strict.measured == s.broad.measured == s.measured
        for share in (s.population_strict, s.population_broad):
            assert share is None or 0 <= share <= 1
        if s.measured:
            assert s.strict.share is not None
            assert s.broad.share is not None
            assert s.strict.share <= s.broad.share


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_order_of_verdicts_and_authorities_never_shows(seed: int, shuffler: random.Random) -> None:
    results, rows = a_campaign(seed, 40)
    expected = derive(RULE_SET, results, rows)
    codes = list(results)
    shuffler.shuffle(codes)
    shuffler.shuffle(rows)
    assert derive(RULE_SET, {code: results[code] for code in codes}, rows) == expected


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_the_whole_is_the_sum_of_its_parts(seed: int) -> None:
    statistics = derive(RULE_SET, *a_campaign(seed, 60))
    for indicator in RULE_SET.indicators:
        mine = {s.scope.id: s for s in statistics if s.indicator.id == indicator.id}
        for prefix in ("region:", "departement:"):
            parts = [s for scope, s in mine.items() if scope.startswith(prefix)]
            for state in State:
                assert sum(s.count([state]) for s in parts) == mine["communes"].count([state])


def test_a_share_counts_measured_authorities_only_and_weighs_by_inhabitants() -> None:
    people = {1: 100, 2: 300, 3: 600, 4: 5000, 5: 9000}
    results = {f"33{n:03}": outcome(commune(n, population)) for n, population in people.items()}
    states = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED, State.NOT_APPLICABLE)
    rows = [row(f"33{n:03}", state, reasons=("blocked",)) for n, state in enumerate(states, start=1)]
    s = only(derive(ONE, results, rows))
    assert (s.measured, s.undetermined, s.not_applicable) == (3, 1, 1)
    assert (s.strict.share, s.strict.least, s.strict.most) == (1 / 3, 1 / 4, 2 / 4)
    assert (s.broad.share, s.broad.least, s.broad.most) == (2 / 3, 2 / 4, 3 / 4)
    assert (s.population_measured, s.population_strict, s.population_broad) == (1000, 0.1, 0.4)
    assert s.share([State.PARTIAL, State.NO]).share == 2 / 3


def test_an_unknown_population_counts_as_an_authority_and_not_as_inhabitants() -> None:
    results = {"33001": outcome(commune(1, None)), "33002": outcome(commune(2, 50))}
    s = only(derive(ONE, results, [row("33001", State.YES), row("33002", State.NO)]))
    assert (s.strict.share, s.population_strict) == (0.5, 0.0)
    assert (s.population_measured, s.population_unknown) == (50, 1)


@pytest.mark.parametrize("reason", ["stuck", "poison"])
def test_an_audit_that_closed_without_verdicts_is_undetermined_everywhere(reason: str) -> None:
    results = {"33001": outcome(commune(1), AuditState.UNMEASURED, reason), "33002": outcome(commune(2))}
    s = only(derive(ONE, results, [row("33002", State.YES)]))
    assert (s.yes, s.no, s.undetermined, s.reasons) == (1, 0, 1, {reason: 1})


def test_an_indicator_that_the_rules_of_an_audit_did_not_know_is_undetermined() -> None:
    s = only(derive(ONE, {"33001": outcome(commune(1))}, []))
    assert (s.undetermined, s.reasons) == (1, {"not_tested": 1})


def test_an_excluded_authority_is_in_no_statistic() -> None:
    results = {"33001": outcome(commune(1), AuditState.EXCLUDED, "outside_study")}
    assert derive(ONE, results, []) == ()


def test_a_scope_of_undetermined_authorities_has_no_share_but_wide_bounds() -> None:
    s = only(derive(ONE, {"33001": outcome(commune(1), AuditState.UNMEASURED, "stuck")}, []))
    assert (s.strict.share, s.broad.share, s.population_strict) == (None, None, None)
    assert (s.strict.least, s.strict.most) == (0.0, 1.0)


def test_values_and_numbers_of_measured_verdicts_are_described() -> None:
    rules = RuleSet(version="r1-1", indicators=(spec("x", "X", 1, values=("b", "a")), spec("y", "Y", 1)))
    results = {f"33{n:03}": outcome(commune(n)) for n in range(1, 5)}
    rows = [row(f"33{n:03}", State.YES, text="ab"[n % 2]) for n in (1, 2, 3)]
    rows += [row("33004", State.UNDETERMINED, text="a", reasons=("blocked",))]
    rows += [row(f"33{n:03}", State.NO, "y", number=float(n)) for n in (1, 2, 4)]
    x, y = (s for s in derive(rules, results, rows) if s.scope.id == "communes")
    assert list(x.values.items()) == [("b", 2), ("a", 1)]
    assert (y.numbers, y.mean, y.median) == (3, 7 / 3, 2.0)


def test_an_open_vocabulary_keeps_its_most_frequent_values_and_counts_the_rest() -> None:
    results = {f"33{n:03}": outcome(commune(n)) for n in range(60)}
    rows = [row(f"33{n:03}", State.YES, text="shared" if n < 3 else f"own-{n:02}") for n in range(60)]
    s = only(derive(ONE, results, rows))
    assert next(iter(s.values.items())) == ("shared", 3)
    assert len(s.values) == 50
    assert sum(s.values.values()) + s.other_values == 60


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (("blocked", "robots"), "blocked"),
        (("site_undetermined", "timeout"), "timeout"),
        (("site_undetermined",), "site_undetermined"),
        ((), "internal"),
    ],
)
def test_the_reason_counted_is_the_first_that_names_a_cause(reasons: tuple[str, ...], expected: str) -> None:
    assert main_reason(reasons) == expected
