"""What a dashboard says, as values: panels in rows, each with its queries, its unit, and what to do about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.aggregator.metrics import AGGREGATOR
from services.analyzer.metrics import ANALYZER
from services.cli.canary_metrics import CANARY
from services.fetcher.metrics import FETCHER
from services.runtime.message_metrics import PROCESS
from services.scheduler.metrics import SCHEDULER

WIDTH = 24
"""Columns of Grafana's grid."""
SCREEN = 24
"""Rows of Grafana's grid that a screen of 1080 lines shows."""

_DECLARED = {
    row.name: row for table in (PROCESS, SCHEDULER, FETCHER, ANALYZER, AGGREGATOR, CANARY) for row in table.declarations
}
_OURS = re.compile(r"\baudit_[a-z_]+")


class Look(StrEnum):
    """How a panel shows its figures."""

    GRAPH = "graph"
    STACK = "stack"
    NUMBER = "number"
    BARS = "bars"
    TABLE = "table"
    MAP = "map"


class Link(StrEnum):
    """Where to look next: another dashboard, or a page of the documentation."""

    OVERVIEW = "/d/audit-overview"
    SERVICES = "/d/audit-services"
    BROWSER = "/d/audit-browser"
    BROKER = "/d/audit-broker"
    STORAGE = "/d/audit-storage"
    RESULTS = "/d/audit-results"
    REAUDIT = "/d/audit-reaudit"
    RUNBOOK = "${docs}/runbook.md"
    METRICS = "${docs}/metrics.md"
    FAILURES = "${docs}/failures.md"
    GUIDE = "${docs}/operator-guide.md"

    @property
    def words(self) -> str:
        """What the link says."""
        return self.name.capitalize()


Step = tuple[float, str]
"""From this value on, this colour."""

PLAIN: tuple[Step, ...] = ()
NONE_IS_GOOD: tuple[Step, ...] = ((1, "red"),)


def between(orange: float, red: float) -> tuple[Step, ...]:
    """Return the steps of a figure that should stay low."""
    return ((orange, "orange"), (red, "red"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. ``queries`` maps what the legend says to PromQL, or to SQL where ``sql`` is true.

    ``about`` says what the figures mean and what to do; where it is left out, the declaration of the first metric
    of ours in the queries says it. ``steps`` colour the figures, green below the first of them. ``names`` are
    shown in place of identifiers.
    """

    title: str
    unit: str
    queries: Mapping[str, str]
    width: int
    link: Link
    look: Look = Look.GRAPH
    steps: tuple[Step, ...] = PLAIN
    about: str = ""
    low: float | None = 0
    high: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    sql: bool = False
    trend: bool = False

    @property
    def description(self) -> str:
        """What the panel says of itself. Raises ValueError where neither it nor a metric says anything."""
        if self.about:
            return self.about
        for name in _OURS.findall(" ".join(self.queries.values())):
            row = _DECLARED.get(name) or _DECLARED.get(re.sub(r"_(bucket|sum|count)$", "", name))
            if row is not None:
                return f"{row.meaning} {row.action}"
        raise ValueError(f"panel {self.title}: say what it is about")


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, of one height, over the whole width."""

    height: int
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the head of a dashboard: a text, or the values of a metric's label, all of them at first."""

    name: str
    label: str
    about: str
    text: str = ""
    values_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard. ``question`` is what it answers; it fits on one screen."""

    uid: str
    title: str
    question: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    hours: int = 6
