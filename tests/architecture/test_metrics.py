"""Every metric is documented, measured somewhere, closed in its labels, and there are not too many series."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from services.aggregator import metrics as aggregator
from services.analyzer import metrics as analyzer
from services.cli import canary_metrics as canary
from services.fetcher import metrics as fetcher
from services.runtime import message_metrics
from services.runtime.message_metrics import PROCESS
from services.runtime.metrics import Counter, Declaration, Gauge, Histogram, MetricTable
from services.scheduler import metrics as scheduler
from tests.measured import Measured

MOST_SERIES = 5_000
MODULES = (message_metrics, scheduler, fetcher, analyzer, aggregator, canary)
TABLES = (PROCESS, scheduler.SCHEDULER, fetcher.FETCHER, analyzer.ANALYZER, aggregator.AGGREGATOR, canary.CANARY)
DECLARATIONS = [declaration for table in TABLES for declaration in table.declarations]


def constants(module: ModuleType) -> set[str]:
    return {name for name, value in vars(module).items() if isinstance(value, Counter | Gauge | Histogram)}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_metric_is_measured_somewhere(module: ModuleType) -> None:
    declared_in = Path(str(module.__file__))
    others = [path for path in Path("services").rglob("*.py") if path != declared_in]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in others)
    never = {name for name in constants(module) if not re.search(rf"\b{name}\.(add|set|follow|observe)\(", sources)}
    assert never == set()


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda declaration: declaration.name)
def test_every_metric_is_documented_and_its_labels_are_words_of_a_closed_set(declaration: Declaration) -> None:
    assert f"`{declaration.name}`" in Path("docs/metrics.md").read_text(encoding="utf-8")
    assert declaration.meaning.endswith(".")
    assert declaration.action.endswith(".")
    for label, values in declaration.labels.items():
        assert re.fullmatch(r"[a-z_]+", label)
        assert values
        assert len(set(values)) == len(values)
        assert all(re.fullmatch(r"[A-Za-z0-9_.:-]{1,60}", value) for value in values)


@pytest.mark.parametrize("table", TABLES[1:], ids=lambda table: table.title)
def test_a_service_keeps_within_its_budget_of_series(table: MetricTable) -> None:
    exposed = Measured(PROCESS, table).count()
    assert PROCESS.series + table.series <= exposed < MOST_SERIES


def test_an_embedded_run_serves_all_tables_within_the_budget_of_one_service() -> None:
    assert Measured(*TABLES).count() < MOST_SERIES
    assert len({declaration.name for declaration in DECLARATIONS}) == len(DECLARATIONS)
