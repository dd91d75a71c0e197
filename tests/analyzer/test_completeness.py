"""No indicator without a fixture for each state it declares, and for each value of its enumeration."""

import pytest

from services.analyzer.indicator import Indicator
from services.analyzer.indicators import INDICATORS
from services.contracts.verdicts import Denominator, State
from tests.analyzer.fixtures import FOLDER, Fixture, fixtures


def _of(indicator: Indicator) -> list[Fixture]:
    return [fixture for fixture in fixtures() if fixture.indicator == indicator.id]


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.id)
def test_every_declared_state_has_a_fixture_named_by_it(indicator: Indicator) -> None:
    assert set(indicator.states) <= {fixture.state for fixture in _of(indicator)}


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.id)
def test_no_fixture_expects_a_state_that_is_not_declared(indicator: Indicator) -> None:
    given = {State.NOT_APPLICABLE} if indicator.denominator is not Denominator.ALL else set()
    if indicator.denominator is Denominator.SITE:
        given.add(State.UNDETERMINED)
    assert {fixture.state for fixture in _of(indicator)} <= set(indicator.states) | given


@pytest.mark.parametrize("indicator", [i for i in INDICATORS if i.values], ids=lambda indicator: indicator.id)
def test_every_value_of_an_enumeration_has_a_fixture(indicator: Indicator) -> None:
    assert set(indicator.values) == {fixture.table["value"] for fixture in _of(indicator) if "value" in fixture.table}


def test_indicators_have_distinct_names_and_public_sentences() -> None:
    ids = [indicator.id for indicator in INDICATORS]
    assert len(ids) == len(set(ids))
    assert all(indicator.label and indicator.summary and indicator.source for indicator in INDICATORS)


def test_every_fixture_folder_belongs_to_an_indicator() -> None:
    assert {path.name for path in FOLDER.iterdir()} <= {indicator.id for indicator in INDICATORS}
