"""What an analyzer measures: its verdicts, and which rules give them."""

from typing import Final

from services.analyzer.indicators import INDICATORS
from services.contracts.verdicts import State
from services.runtime.metrics import MetricTable

OUTSIDE: Final = "none"
"""The label of indicators that belong to no family of the 2018 study."""
FAMILIES: Final = (*(str(n) for n in sorted({i.spec().family or 0 for i in INDICATORS} - {0})), OUTSIDE)

ANALYZER: Final = MetricTable("Analyzer")

VERDICTS = ANALYZER.counter(
    "audit_verdicts_total",
    "Verdicts given.",
    action="undetermined doubling for one indicator: a rule broke, or a common site builder changed.",
    indicator=tuple(indicator.spec().id for indicator in INDICATORS),
    state=State,
)
FAMILY_SECONDS = ANALYZER.histogram(
    "audit_analysis_family_seconds",
    "Time that the indicators of one family took for one site.",
    action="Growing: a rule is slow on some pages; the slow lines of analyze_site in the log name the audits.",
    unit="seconds",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
    family=FAMILIES,
)
RULE_SET = ANALYZER.gauge(
    "audit_rule_set_release",
    "Release number of the rule set in use, the digits after the r of its version.",
    action="Two values over the analyzers: two versions of the rules are at work; finish the deployment.",
)
