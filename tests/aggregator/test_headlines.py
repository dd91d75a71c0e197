"""The figures of 2018 beside today's."""

import pytest

from services.aggregator.domain.headlines import Tile, baseline, headlines
from services.aggregator.domain.labels import comparability_label, families, reason_label, value_label
from services.aggregator.domain.scopes import all_scopes
from services.aggregator.domain.statistics import derive
from services.aggregator.domain.summary import summary_lines
from services.contracts.audits import AuditState
from services.contracts.reasons import Reason
from services.contracts.verdicts import RuleSet, State
from tests.aggregator.country import spec
from tests.aggregator.test_statistics import commune, outcome, row

SITES = RuleSet(version="r1-1", indicators=(spec("has_functional_site", "Site", 1), spec("mobile_full", "Mobile", 2)))


def test_the_figures_of_2018_are_those_that_were_published() -> None:
    assert {tile.id: (tile.relation, tile.figure) for tile in baseline().tile} == {
        "F1.1": ("=", 41.7),
        "F1.2": ("~", 50.0),
        "F1.4": ("=", 8.7),
        "F2.1": ("=", 48.0),
        "F2.2": ("=", 52.0),
        "F2.3": ("=", 38.0),
        "F3.1": (">", 30.0),
        "F4.1": (">", 70.0),
        "F8.2": ("=", 18.0),
    }


def test_the_figures_of_2018_imply_a_plausible_rate_for_larger_communes() -> None:
    # Indicators reference, 1.3: 84.4 % of communes are under 2,000; with 48 % and 7.5 % without a site.
    figures = {tile.id: tile.figure for tile in baseline().tile}
    small, large = 0.844 * (1 - 0.48), 0.156 * (1 - 0.075)
    weight = small / (small + large)
    assert (figures["F2.1"] - weight * figures["F2.2"]) / (1 - weight) == pytest.approx(36, abs=1)


@pytest.mark.parametrize("tile", baseline().tile, ids=lambda tile: tile.id)
def test_a_tile_names_a_scope_a_family_and_states_that_exist(tile: Tile) -> None:
    assert tile.scope in all_scopes()
    assert tile.family in families()
    assert comparability_label(tile.comparability) != tile.comparability
    assert set(tile.states) <= {State.YES, State.PARTIAL, State.NO}


def test_site_absence_is_the_complement_of_having_one_and_partly_mobile_is_not_fully() -> None:
    results = {f"33{n:03}": outcome(commune(n)) for n in range(1, 5)}
    rows = [row(f"33{n:03}", State.NO if n == 1 else State.YES, "has_functional_site") for n in range(1, 5)]
    mobile = {1: State.NOT_APPLICABLE, 2: State.YES, 3: State.PARTIAL, 4: State.NO}
    rows += [row(f"33{n:03}", state, "mobile_full") for n, state in mobile.items()]
    found = {h.tile.id: h.estimate for h in headlines(derive(SITES, results, rows))}
    assert found["F1.1"] is not None
    assert found["F2.1"] is not None
    assert (found["F1.1"].share, found["F1.1"].measured) == (0.25, 4)
    assert (found["F2.1"].share, found["F2.1"].measured) == (2 / 3, 3)
    assert found["F1.4"] is None
    assert found["F4.1"] is None


def test_the_terminal_gets_a_line_for_each_headline_that_is_measured() -> None:
    results = {"33001": outcome(commune(1)), "33002": outcome(commune(2), AuditState.UNMEASURED, "stuck")}
    statistics = derive(SITES, results, [row("33001", State.NO, "has_functional_site")])
    lines = summary_lines(headlines(statistics))
    assert lines[0] == (
        "Communes without a functional site: 100.0% of 1 measured (20.7% to 100.0%), 1 undetermined; 2018: 41.7%"
    )
    assert lines[2] == "Commune sites not fully accessible on a mobile: not measurable, 2 undetermined"
    assert len(lines) == 4
    assert summary_lines(headlines(())) == ()


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_french_wording(reason: Reason) -> None:
    assert reason_label(reason) != reason.value


def test_a_value_without_a_wording_reads_as_itself() -> None:
    assert value_label("site_status", "parked") == "domaine en parking"
    assert value_label("site_status", "new_value") == "new_value"
    assert value_label("new_indicator", "parked") == "parked"
