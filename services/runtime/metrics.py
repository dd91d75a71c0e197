"""Tables of metrics: what a process measures, declared once with its unit, its closed labels and its use.

Each service declares its table as constants of ``services/<service>/metrics.py``; ``docs/metrics.md`` is generated
from the tables, and every series of a table is there from the start, at zero, so that a rate over it is right from the
first event on. One process a container: a table is the process's own, never shared through files.
"""

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

import prometheus_client
from prometheus_client import CollectorRegistry

Labels: TypeAlias = type[StrEnum] | Sequence[str]
"""The only values that a label may take."""

CONTENT_TYPE: Final = prometheus_client.CONTENT_TYPE_LATEST
PREFIX: Final = "audit_"
UNITS: Final = ("seconds", "bytes", "ratio", "count", "timestamp_seconds")

# One more series a counter that says when it began: Prometheus sees that from the counter itself.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Kind(StrEnum):
    """The kinds of metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One row of a table. ``action`` says what to do, or where to look, when the metric is not as it should be."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    action: str
    labels: Mapping[str, tuple[str, ...]]
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> int:
        """How many series Prometheus keeps of it, at most and at least."""
        combinations = len(list(itertools.product(*self.labels.values())))
        return combinations * (len(self.buckets) + 3 if self.kind is Kind.HISTOGRAM else 1)


class _Metric:
    """A declared metric and its children, one for each combination of label values."""

    recording: ClassVar[bool] = True
    """Whether anything is counted, set and observed at all; see ``record``."""

    def __init__(self, declaration: Declaration, metric: prometheus_client.metrics.MetricWrapperBase) -> None:
        self.declaration = declaration
        self._names = tuple(declaration.labels)
        self._children = {
            values: metric.labels(*values) if values else metric
            for values in itertools.product(*declaration.labels.values())
        }

    def _child(self, labels: Mapping[str, str]) -> prometheus_client.metrics.MetricWrapperBase:
        """Return the child of these labels. Raises ValueError for labels or values that were not declared."""
        child = self._children.get(tuple(str(labels.get(name, "")) for name in self._names))
        if child is None or len(labels) != len(self._names):
            raise ValueError(f"{self.declaration.name}: {dict(labels)} is none of the declared label values")
        return child


class Counter(_Metric):
    """Counts events since the process began."""

    def add(self, amount: float = 1, **labels: str) -> None:
        """Count ``amount`` more, zero or above."""
        if self.recording:
            self._child(labels).inc(amount)  # type: ignore[attr-defined]


class Gauge(_Metric):
    """A value of now."""

    def set(self, value: float, **labels: str) -> None:
        """Say what the value is now."""
        if self.recording:
            self._child(labels).set(value)  # type: ignore[attr-defined]

    def add(self, amount: float = 1, **labels: str) -> None:
        """Change the value by this much, up or down."""
        if self.recording:
            self._child(labels).inc(amount)  # type: ignore[attr-defined]

    def follow(self, value: Callable[[], float], **labels: str) -> None:
        """From now on the value is what the function returns at each scrape. It must be quick and raise nothing."""
        self._child(labels).set_function(value)  # type: ignore[attr-defined]


class Histogram(_Metric):
    """How often a quantity fell into which bucket."""

    def observe(self, value: float, **labels: str) -> None:
        """Count one more of this size."""
        if self.recording:
            self._child(labels).observe(value)  # type: ignore[attr-defined]


class MetricTable:
    """The metrics of one service, in the order they are declared."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.declarations: list[Declaration] = []
        self._registry = CollectorRegistry()
        self._lock = threading.Lock()

    @property
    def series(self) -> int:
        """How many series the whole table is."""
        return sum(declaration.series for declaration in self.declarations)

    def counter(self, name: str, meaning: str, *, action: str, unit: str = "count", **labels: Labels) -> Counter:
        """Declare a counter. Its name ends in ``_total``."""
        row = self._declare(name, Kind.COUNTER, unit, meaning, action, labels)
        return Counter(row, prometheus_client.Counter(name, meaning, tuple(row.labels), registry=self._registry))

    def gauge(self, name: str, meaning: str, *, action: str, unit: str = "count", **labels: Labels) -> Gauge:
        """Declare a gauge."""
        row = self._declare(name, Kind.GAUGE, unit, meaning, action, labels)
        return Gauge(row, prometheus_client.Gauge(name, meaning, tuple(row.labels), registry=self._registry))

    def histogram(
        self, name: str, meaning: str, *, action: str, unit: str, buckets: Sequence[float], **labels: Labels
    ) -> Histogram:
        """Declare a histogram with these upper bounds, in its unit; above them everything is one bucket."""
        row = self._declare(name, Kind.HISTOGRAM, unit, meaning, action, labels, tuple(buckets))
        metric = prometheus_client.Histogram(
            name, meaning, tuple(row.labels), buckets=row.buckets, registry=self._registry
        )
        return Histogram(row, metric)

    def process(self) -> None:
        """Add the memory, processor time and open files of this process, as the client library measures them."""
        prometheus_client.ProcessCollector(registry=self._registry)
        prometheus_client.PlatformCollector(registry=self._registry)
        prometheus_client.GCCollector(registry=self._registry)

    def exposition(self) -> bytes:
        """Return the present values in Prometheus's text format."""
        # One scrape at a time: gauges that follow a function read it while the text is made.
        with self._lock:
            return prometheus_client.generate_latest(self._registry)

    def _declare(
        self,
        name: str,
        kind: Kind,
        unit: str,
        meaning: str,
        action: str,
        labels: Mapping[str, Labels],
        buckets: tuple[float, ...] = (),
    ) -> Declaration:
        if not name.startswith(PREFIX) or unit not in UNITS or (kind is Kind.COUNTER) != name.endswith("_total"):
            raise ValueError(
                f"{name}: a name begins with {PREFIX}, a counter's ends in _total, a unit is one of {UNITS}"
            )
        closed = {label: tuple(str(value) for value in values) for label, values in labels.items()}
        row = Declaration(name, kind, unit, meaning, action, closed, buckets)
        self.declarations.append(row)
        return row


def record(*, on: bool) -> None:
    """Measure from now on, or no more: so what measuring costs can itself be measured. It is on at the start."""
    _Metric.recording = on


def exposition(tables: Sequence[MetricTable]) -> bytes:
    """Return the present values of several tables as one text."""
    return b"".join(table.exposition() for table in tables)
