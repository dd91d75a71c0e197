"""Which failures may have passed a moment later."""

from services.contracts.reasons import Reason

PASSING = frozenset(
    {
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.DNS_FAILURE,
        Reason.NETWORK_FAILURE,
        Reason.SERVER_ERROR,
        Reason.PROTOCOL_ERROR,
        Reason.TLS_FAILURE,
    }
)
"""Failures of a network or of a busy server. The others are answers, and stay what they are."""


def may_pass(failure: Reason | None, status: int | None = None) -> bool:
    """Whether asking again may end differently: a passing failure, a 5xx answer, or a 429."""
    return failure in PASSING if failure is not None else status is not None and (status >= 500 or status == 429)
