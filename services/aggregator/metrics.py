"""What the aggregator measures: the verdict sets it records, and the state of the country.

National figures are those of the newest campaign that has begun, canaries and the standing campaign of re-audits
apart. Every AUDIT_STATISTICS_INTERVAL seconds they are derived again if anything has changed. Several aggregators
say the same: take the maximum over them, never the sum.
"""

from enum import StrEnum
from typing import Final

from services.aggregator.domain.headlines import baseline
from services.aggregator.domain.publication import Condition
from services.aggregator.domain.scopes import ScopeKind, all_scopes
from services.aggregator.domain.territories import departements
from services.runtime.metrics import MetricTable

TILES: Final = tuple(tile.id for tile in baseline().tile)
SCOPES: Final = tuple(
    scope.id for scope in all_scopes().values() if scope.kind not in (ScopeKind.REGION, ScopeKind.DEPARTEMENT)
)


class Recorded(StrEnum):
    """What became of a verdict set. ``older``: a newer one was recorded already."""

    CURRENT = "current"
    OLDER = "older"


class Bound(StrEnum):
    """The ends of a 95 % interval."""

    LOWER = "lower"
    UPPER = "upper"


AGGREGATOR: Final = MetricTable("Aggregator")

VERDICT_SETS = AGGREGATOR.counter(
    "audit_verdict_sets_total",
    "Verdict sets that came in.",
    action="older rising: messages are delivered late or twice, which is harmless.",
    outcome=Recorded,
)
SHARE = AGGREGATOR.gauge(
    "audit_national_share_ratio",
    "Share of the measured authorities of a scope that a headline of the 2018 study speaks of; NaN: none measured.",
    action="A jump without a new rule set: see audit_national_undetermined_ratio before believing it.",
    unit="ratio",
    headline=TILES,
    scope=SCOPES,
)
BOUNDS = AGGREGATOR.gauge(
    "audit_national_share_bound_ratio",
    "Ends of the 95 % interval of audit_national_share_ratio.",
    action="Wide: few authorities of the scope are measured yet.",
    unit="ratio",
    headline=TILES,
    scope=SCOPES,
    bound=Bound,
)
MEASURED = AGGREGATOR.gauge(
    "audit_national_measured_authorities",
    "Authorities of a scope with a verdict of yes, partial or no: the denominator of the share.",
    action="Stays under the size of the scope: see audit_unmeasured_audits.",
    headline=TILES,
    scope=SCOPES,
)
UNDETERMINED = AGGREGATOR.gauge(
    "audit_national_undetermined_ratio",
    "Undetermined verdicts over measured and undetermined ones, in a scope; NaN: neither.",
    action="Above 5 % the figure is not publishable: see why sites could not be seen.",
    unit="ratio",
    headline=TILES,
    scope=SCOPES,
)
DEPARTEMENT_SHARE = AGGREGATOR.gauge(
    "audit_departement_share_ratio",
    "Share of the measured communes of a département with a functional site (headline F1.1); NaN: none measured.",
    action="For the map.",
    unit="ratio",
    departement=tuple(departements()),
)
BASELINE = AGGREGATOR.gauge(
    "audit_baseline_share_ratio",
    "The figure that the 2018 study published for a headline.",
    action="A constant, for comparison; docs/indicators.md says how far it can be compared.",
    unit="ratio",
    headline=TILES,
)
GATE = AGGREGATOR.gauge(
    "audit_publication_condition",
    "1 while a condition of publication holds for the newest campaign, else 0.",
    action="0: the study is not fit to be published; see the residue, or the undetermined shares.",
    condition=Condition,
)
STATISTICS_AT = AGGREGATOR.gauge(
    "audit_statistics_timestamp_seconds",
    "When the national figures were last known to be those of the database; 0: never yet in this process.",
    action="Old: the database does not answer, or the derivation fails; see the log.",
    unit="timestamp_seconds",
)
