"""How right the verdicts are: shares, intervals, and the file of hand labels."""

import contextlib
import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.domain.accuracy import Said, cohen_kappa, measure_accuracy
from services.aggregator.domain.hand_labels import HandLabel, read_hand_labels
from services.aggregator.domain.label_sample import draw_label_sample
from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.errors import BadInput
from services.contracts.verdicts import State

YES, PARTIAL, NO, UNSEEN = State.YES, State.PARTIAL, State.NO, State.UNDETERMINED
HEADER = "code,indicator,state,value,weight,labeller\n"


def label(code: str, state: State, **more: object) -> HandLabel:
    return HandLabel(**{"code": code, "indicator": "hsts", "state": state, **more})  # type: ignore[arg-type]


def said(**states: State) -> Said:
    return {(code, "hsts"): (state, "") for code, state in states.items()}


def row(code: str, state: State, indicator: str = "hsts") -> VerdictRow:
    return VerdictRow(code, indicator, state, None, None, 0.9, (), f"{indicator}@1")


def test_precision_recall_and_confusion_are_those_of_the_textbook() -> None:
    truths = {"a": YES, "b": YES, "c": NO, "d": YES, "e": NO, "f": PARTIAL}
    verdicts = said(a=YES, b=YES, c=YES, d=NO, e=NO, f=PARTIAL)
    (found,) = measure_accuracy([label(code, state) for code, state in truths.items()], verdicts)
    assert found.precision.share == pytest.approx(2 / 3)
    assert found.recall.share == pytest.approx(2 / 3)
    assert found.broad_precision.share == pytest.approx(3 / 4)
    assert found.broad_recall.share == pytest.approx(3 / 4)
    assert found.confusion == {"yes": {"yes": 2, "no": 1}, "partial": {"partial": 1}, "no": {"yes": 1, "no": 1}}
    assert found.precision.low is not None
    assert found.precision.high is not None
    assert found.precision.low < 2 / 3 < found.precision.high


def test_what_the_rules_could_not_see_is_no_error_and_is_told_apart() -> None:
    (found,) = measure_accuracy([label("a", YES), label("b", YES)], said(a=YES, b=UNSEEN))
    assert (found.recall.share, found.undetermined.share, found.agreement.share) == (1.0, 0.5, 1.0)


def test_a_label_counts_as_many_times_as_its_weight_says() -> None:
    labels = [label("a", YES, weight=1.0), label("b", YES, weight=9.0)]
    (found,) = measure_accuracy(labels, said(a=NO, b=YES))
    assert found.recall.share == pytest.approx(0.9)
    (equal,) = measure_accuracy([label("a", YES), label("b", YES)], said(a=NO, b=YES))
    assert equal.recall.share == pytest.approx(0.5)


def test_unequal_weights_widen_the_interval() -> None:
    def width(weights: Iterable[float]) -> float:
        labels = [label(str(n), YES, weight=weight) for n, weight in enumerate(weights)]
        (found,) = measure_accuracy(labels, said(**{str(n): YES for n in range(len(labels))}))
        assert found.recall.low is not None
        return 1 - found.recall.low

    assert width([1.0] * 19 + [40.0]) > width([1.0] * 20)


def test_values_are_compared_where_a_label_gives_one() -> None:
    labels = [label("a", YES, value="complete"), label("b", YES, value="absent"), label("c", YES)]
    verdicts = {("a", "hsts"): (YES, "complete"), ("b", "hsts"): (YES, "partial"), ("c", "hsts"): (YES, "partial")}
    (found,) = measure_accuracy(labels, verdicts)
    assert (found.values.labels, found.values.share) == (2, 0.5)


def test_the_first_of_two_people_counts_and_their_agreement_is_told() -> None:
    labels = [label("a", YES), label("a", NO, labeller="second"), label("b", NO), label("b", NO, labeller="second")]
    (found,) = measure_accuracy(labels, said(a=YES, b=NO))
    assert (found.labels, found.second_labels, found.agreement.share) == (2, 2, 1.0)
    assert found.kappa == pytest.approx(0.0)


def test_a_label_without_a_verdict_is_counted_apart() -> None:
    (found,) = measure_accuracy([label("a", YES), label("z", NO)], said(a=YES))
    assert (found.labels, found.unmatched) == (1, 1)


def test_kappa_is_cohens() -> None:
    pairs = [(YES, YES)] * 20 + [(YES, NO)] * 5 + [(NO, YES)] * 10 + [(NO, NO)] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)
    assert cohen_kappa([]) is None
    assert cohen_kappa([(YES, YES)]) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,state\n1,yes\n", "no column indicator"),
        (HEADER + "33063,hstss,yes,,,\n", "line 2: 'hstss' is no indicator"),
        (HEADER + "33063,hsts,oui,,,\n", "line 2: 'oui' is no state; one of yes, partial"),
        (HEADER + "33063,hsts,yes,,-1,\n", "weight '-1' is not a positive number"),
        (HEADER + "33063,hsts,yes,,nan,\n", "weight 'nan' is not a positive number"),
        (HEADER + "33063,hsts,yes,,,\n33063,hsts,no,,,\n", "line 3: 33063 hsts is labelled twice by one person"),
        (HEADER + ",hsts,yes,,,\n", "line 2: no code"),
        (HEADER + "33063,hsts,,,,\n", "no line has a state"),
        ("", "no column code, indicator, state"),
        (HEADER + "33063,hsts,yes," + "x" * 200_000, "line 1: field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_hand_labels(text.splitlines(keepends=True), name="labels.csv", indicators=["hsts"])


def test_lines_that_are_not_labelled_yet_are_passed_over() -> None:
    text = HEADER + "33063,hsts,yes,,12.5,ana\n33064,hsts,,,12.5,\n"
    (read,) = read_hand_labels(text.splitlines(keepends=True), name="labels.csv", indicators=["hsts"])
    assert (read.code, read.weight, read.labeller) == ("33063", 12.5, "ana")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        read_hand_labels(text.splitlines(keepends=True), name="labels.csv", indicators=["hsts"])


def country(seed: int, size: int = 2_000) -> list[VerdictRow]:
    draw = random.Random(seed)
    states = draw.choices((YES, PARTIAL, NO, UNSEEN), (0.02, 0.05, 0.9, 0.03), k=size)
    return [row(f"{n:05}", state) for n, state in enumerate(states)]


def test_rare_states_are_drawn_and_the_weights_add_up_to_the_country() -> None:
    rows = country(1)
    drawn = draw_label_sample(rows, indicators=["hsts"], size=120, seed=7)
    states = {one.code: one.state for one in rows}
    assert len(drawn) == 120
    assert sum(one.weight for one in drawn) == pytest.approx(len(rows))
    assert sum(states[one.code] is YES for one in drawn) >= 10
    assert drawn == draw_label_sample(reversed(rows), indicators=["hsts"], size=120, seed=7)


def test_a_larger_sample_holds_the_smaller_one() -> None:
    rows = country(2)
    small = {one.code for one in draw_label_sample(rows, indicators=["hsts"], size=60, seed=7)}
    large = {one.code for one in draw_label_sample(rows, indicators=["hsts"], size=200, seed=7)}
    assert small <= large


def test_a_weighted_sample_recovers_the_recall_of_the_country() -> None:
    """Every twentieth no is wrong: the rules miss many yes, which a plain sample by state would understate."""
    rows = country(3, size=6_000)
    truths = {one.code: YES if one.state is YES or int(one.code) % 20 == 0 else NO for one in rows}
    verdicts = {(one.code, "hsts"): (one.state, "") for one in rows}
    seen = [one for one in rows if one.state is not UNSEEN]
    true_recall = sum(one.state is YES for one in seen) / sum(truths[one.code] is YES for one in seen)
    covered = 0
    for seed in range(40):
        drawn = draw_label_sample(rows, indicators=["hsts"], size=600, seed=seed)
        labels = [label(one.code, truths[one.code], weight=one.weight) for one in drawn]
        (found,) = measure_accuracy(labels, verdicts)
        assert found.recall.low is not None
        assert found.recall.high is not None
        covered += found.recall.low <= true_recall <= found.recall.high
    assert covered >= 36


def test_more_groups_than_places_are_refused_with_the_way_out() -> None:
    with pytest.raises(BadInput, match="--size 2: the verdicts fall into 4 groups"):
        draw_label_sample(country(4), indicators=["hsts"], size=2, seed=1)
    with pytest.raises(BadInput, match="no verdict on hsts"):
        draw_label_sample([], indicators=["hsts"], size=2, seed=1)
