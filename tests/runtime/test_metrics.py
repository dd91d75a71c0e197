"""Metrics are declared once, their labels are closed, and every series is there from the start."""

from enum import StrEnum

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.runtime.health import serve_health
from services.runtime.metrics import MetricTable, exposition, record


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@pytest.fixture
def table() -> MetricTable:
    return MetricTable("Paint")


def values(text: bytes) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(text.decode())
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_every_series_of_a_counter_is_at_zero_before_anything_happened(table: MetricTable) -> None:
    table.counter("audit_pots_total", "Pots.", action="Buy more.", colour=Colour, size=("big", "small"))
    found = values(table.exposition())
    assert len(found) == table.series == 4
    assert set(found.values()) == {0.0}


def test_what_is_counted_set_followed_and_observed_is_exposed(table: MetricTable) -> None:
    pots = table.counter("audit_pots_total", "Pots.", action="Buy more.", colour=Colour)
    level = table.gauge("audit_level_ratio", "Level.", action="Fill up.", unit="ratio")
    left = table.gauge("audit_left", "Left.", action="Fill up.", colour=Colour)
    spent = table.histogram("audit_spent_seconds", "Spent.", action="Hurry.", unit="seconds", buckets=(1, 5))
    pots.add(2, colour=Colour.RED)
    level.set(0.5)
    left.follow(lambda: 7, colour=Colour.BLUE)
    left.add(-1, colour=Colour.RED)
    spent.observe(3)
    found = values(table.exposition())
    assert found["audit_pots_total", "red"] == 2
    assert found["audit_level_ratio",] == 0.5
    assert found["audit_left", "blue"] == 7
    assert found["audit_left", "red"] == -1
    assert found["audit_spent_seconds_bucket", "1.0"] == 0
    assert found["audit_spent_seconds_bucket", "5.0"] == 1
    assert len(found) == table.series


@pytest.mark.parametrize("labels", [{}, {"colour": "green"}, {"colour": "red", "size": "big"}, {"size": "red"}])
def test_a_label_that_was_not_declared_is_refused(table: MetricTable, labels: dict[str, str]) -> None:
    pots = table.counter("audit_pots_total", "Pots.", action="Buy more.", colour=Colour)
    with pytest.raises(ValueError, match="none of the declared label values"):
        pots.add(**labels)


@pytest.mark.parametrize("name", ["pots_total", "audit_pots"])
def test_a_counter_needs_a_name_of_ours_that_says_it_counts(table: MetricTable, name: str) -> None:
    with pytest.raises(ValueError, match="audit_"):
        table.counter(name, "Pots.", action="Buy more.")


def test_a_gauge_is_not_named_as_a_counter(table: MetricTable) -> None:
    with pytest.raises(ValueError, match="_total"):
        table.gauge("audit_pots_total", "Pots.", action="Buy more.")


def test_a_process_serves_its_own_table_after_the_one_that_every_process_has(table: MetricTable) -> None:
    table.gauge("audit_level_ratio", "Level.", action="Fill up.", unit="ratio").set(0.25)
    with serve_health(0, lambda: False, metrics=(table,), address="127.0.0.1") as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
        found = values(answer.content)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert found["audit_level_ratio",] == 0.25
    assert found["audit_ready",] == 0
    assert found["process_resident_memory_bytes",] > 0


def test_several_tables_are_one_text(table: MetricTable) -> None:
    other = MetricTable("Brushes")
    table.gauge("audit_level", "Level.", action="Fill up.")
    other.gauge("audit_brushes", "Brushes.", action="Buy more.")
    assert set(values(exposition((table, other)))) == {("audit_level",), ("audit_brushes",)}


def test_nothing_is_measured_while_recording_is_off(table: MetricTable) -> None:
    pots = table.counter("audit_pots_total", "Pots.", action="Buy more.")
    spent = table.histogram("audit_spent_seconds", "Spent.", action="Hurry.", unit="seconds", buckets=(1, 5))
    record(on=False)
    try:
        pots.add()
        spent.observe(3)
    finally:
        record(on=True)
    assert set(values(table.exposition()).values()) == {0.0}
