"""What the canaries measure: synthetic sites of known truth, audited through the whole product."""

from typing import Final

from services.runtime.message_metrics import Result
from services.runtime.metrics import MetricTable

CANARY: Final = MetricTable("Canary")

ROUNDS = CANARY.counter(
    "audit_canary_rounds_total",
    "Rounds of the canaries, and whether every verdict came in time and was right.",
    action="failed: see audit_canary_wrong_verdicts and audit_canary_late_audits of the round.",
    result=Result,
)
WRONG = CANARY.gauge(
    "audit_canary_wrong_verdicts",
    "Verdicts of the last round that are missing or differ from the truth, of the audits that ended in time.",
    action="Anything but 0: publish nothing; the log names each verdict, what it should be and its evidence.",
)
LATE = CANARY.gauge(
    "audit_canary_late_audits",
    "Audits of the last round that had not ended when the round's time was over.",
    action="The log names each: where one stops, the product stops.",
)
AUDITS = CANARY.gauge(
    "audit_canary_audits",
    "Audits of a round.",
    action="A constant, for comparison.",
)
ROUND_SECONDS = CANARY.gauge(
    "audit_canary_round_duration_seconds",
    "Time from the request of the last round to its last verdict, or to the end of its time.",
    action="Growing: on-demand work waits somewhere.",
    unit="seconds",
)
LAST_GOOD = CANARY.gauge(
    "audit_canary_last_success_timestamp_seconds",
    "When a round last ended with every verdict there and right; 0 when none did in this process.",
    action="Older than two rounds: the canaries are late or wrong.",
    unit="timestamp_seconds",
)
INTERVAL = CANARY.gauge(
    "audit_canary_interval_seconds",
    "AUDIT_CANARY_INTERVAL: time from the start of a round to the start of the next.",
    action="A constant, for alerts to compare with.",
    unit="seconds",
)
