"""Every row of the canonical catalogue is computed, carried by another, or said to be out of reach."""

from pathlib import Path

import pytest

from services.analyzer.indicators import INDICATORS
from services.analyzer.limits import limit_of, load_limits

CATALOGUE = (Path(__file__).parent / "catalogue.txt").read_text(encoding="utf-8").split()
IDS = {indicator.id for indicator in INDICATORS}


def test_every_row_of_the_catalogue_is_accounted_for_once() -> None:
    carried = {row.id for row in load_limits().carried}
    out_of_reach = {row.id for row in load_limits().out_of_reach}
    assert len(CATALOGUE) == len(set(CATALOGUE)) == 177
    assert set(CATALOGUE) <= IDS | carried | out_of_reach
    assert not IDS & (carried | out_of_reach)
    assert not carried & out_of_reach


def test_every_limit_speaks_of_an_indicator_and_the_most_precise_one_counts() -> None:
    used = {limit_of(indicator).id for indicator in IDS}
    assert used == {row.id for row in load_limits().limit}
    assert limit_of("rpnt_1_1").id == "rpnt_*"
    assert limit_of("hsts").id == "*"


@pytest.mark.parametrize("row", [*load_limits().limit, *load_limits().carried, *load_limits().out_of_reach])
def test_every_row_is_told_in_both_languages(row: object) -> None:
    assert all(str(getattr(row, language)).strip() for language in ("fr", "en", "source"))
