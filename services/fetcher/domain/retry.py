"""Which failures may have passed a moment later. The table of `contracts.failures` decides."""

from services.contracts.capture import Probe
from services.contracts.failures import FailureKind, Treatment, failure_of, retried_reasons
from services.contracts.reasons import Reason


def may_pass(failure: Reason | None, status: int | None = None, kind: FailureKind | None = None) -> bool:
    """Whether asking again may end differently: a passing failure, a 5xx answer, or a 429."""
    if kind is not None:
        return failure_of(kind).treatment is Treatment.RETRY
    if failure is not None:
        return failure in retried_reasons()
    return status is not None and (status >= 500 or status == 429)


def probe_may_pass(probe: Probe) -> bool:
    """Whether asking for a probe's URL again may end differently."""
    return may_pass(probe.failure, probe.final.status if probe.final else None, probe.kind)
