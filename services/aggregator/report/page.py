"""What the report shows, ready to be laid out: shares in 0..1, texts in French, nothing left to decide."""

from dataclasses import dataclass
from datetime import datetime

from services.aggregator.domain.headlines import Headline
from services.aggregator.domain.outcomes import Conservation
from services.aggregator.domain.statistics import Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A named number of authorities and its share of a total."""

    label: str
    count: int
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """How much of one scope was audited."""

    label: str
    total: bool
    planned: int
    measured: int
    unmeasured: int
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was audited, over the whole campaign and by stratum or nature."""

    balance: Conservation
    unmeasured: tuple[Count, ...]
    excluded: tuple[Count, ...]
    rows: tuple[CoverageRow, ...]

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The conservation equation, part by part: a style name and a number of authorities."""
        balance = self.balance
        return (
            ("measured", balance.measured),
            ("unmeasured", sum(balance.unmeasured.values())),
            ("excluded", sum(balance.excluded.values())),
            ("open", balance.waiting + balance.in_flight),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an indicator's table. ``total`` lines open a group."""

    label: str
    total: bool
    statistic: Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines that are shown on demand: régions or départements."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How often each value of an enumeration occurs, for communes and for EPCI."""

    columns: tuple[str, ...]
    totals: tuple[int, ...]
    rows: tuple[tuple[str, tuple[Count, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator with its tables. ``lines`` is empty when its state says nothing (always yes)."""

    id: str
    label: str
    summary: str
    source: str
    denominator: str
    unit: str | None
    has_partial: bool
    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    distribution: Distribution | None
    numbers: tuple[Line, ...]
    reasons: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of indicators; ``number`` is None beyond the nine of the 2018 study."""

    number: int | None
    name: str
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """Authorities that could not be measured, by reason; ``more`` counts those left out of the list."""

    label: str
    count: int
    authorities: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report."""

    campaign: str
    generated_at: datetime
    first_capture: datetime | None
    last_capture: datetime | None
    synthetic: bool
    frame: str
    rule_set: str
    coverage: Coverage
    baseline_source: str
    headlines: tuple[Headline, ...]
    families: tuple[Family, ...]
    missing_families: tuple[tuple[int, str], ...]
    unmeasured: tuple[Unmeasured, ...]
    index: tuple[tuple[str, str], ...] = ()
