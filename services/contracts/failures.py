"""The closed set of ways in which a request to a site fails, each judged once.

A kind is finer than a `Reason`: reasons are published and stay few, kinds say what happened. Both the probe
(HTTP without a browser) and the render classify into this set, and a capture records the kind beside the
reason. The table is ``failures.toml``; ``docs/failures.md`` is generated from it.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

from services.contracts.model import Record
from services.contracts.reasons import Reason


class FailureKind(StrEnum):
    """What happened. The meaning of each kind is in ``failures.toml``."""

    DNS_ABSENT = "dns_absent"
    DNS_FAILURE = "dns_failure"
    REFUSED = "refused"
    UNROUTABLE = "unroutable"
    RESET = "reset"
    OUR_NETWORK = "our_network"
    TLS_HANDSHAKE = "tls_handshake"
    TLS_VERSION = "tls_version"
    TLS_CLIENT_CERTIFICATE = "tls_client_certificate"
    TLS_CERTIFICATE = "tls_certificate"
    CONNECT_TIMEOUT = "connect_timeout"
    HEADERS_TIMEOUT = "headers_timeout"
    BODY_TIMEOUT = "body_timeout"
    RENDER_TIMEOUT = "render_timeout"
    BUDGET_TIMEOUT = "budget_timeout"
    HTTP_ABSENT = "http_absent"
    HTTP_CLIENT_ERROR = "http_client_error"
    HTTP_SERVER_ERROR = "http_server_error"
    HTTP_REFUSED = "http_refused"
    HTTP_NOT_NOW = "http_not_now"
    CHALLENGE = "challenge"
    ROBOTS = "robots"
    FORBIDDEN_ADDRESS = "forbidden_address"
    OPTED_OUT = "opted_out"
    LIMIT_REACHED = "limit_reached"
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"
    NO_ANSWER = "no_answer"
    MALFORMED = "malformed"
    BAD_URL = "bad_url"
    NOT_A_PAGE = "not_a_page"
    UNDECODABLE = "undecodable"
    EMPTY = "empty"
    CRASH = "crash"


class Treatment(StrEnum):
    """What is made of a failure.

    ``finding``: the site's answer, judged as it is. ``retry``: it may pass, so it is asked for again before it
    counts. ``undetermined``: it says nothing of the site, and asking again would not either.
    """

    FINDING = "finding"
    RETRY = "retry"
    UNDETERMINED = "undetermined"


class Failure(Record):
    """A row of the table. ``reason`` is None where an answer was read: its status is judged then.

    ``persisting`` says what a retried failure is when it does not pass. ``probe`` and ``browser`` say how each
    shows it.
    """

    kind: FailureKind
    meaning: str
    reason: Reason | None = None
    treatment: Treatment
    persisting: Treatment | None = None
    probe: str
    browser: str


_UNSPECIFIC = {
    Reason.DNS_FAILURE: FailureKind.DNS_FAILURE,
    Reason.UNREACHABLE: FailureKind.RESET,
    Reason.TIMEOUT: FailureKind.HEADERS_TIMEOUT,
    Reason.PROTOCOL_ERROR: FailureKind.MALFORMED,
}
"""What a failure is taken for of which only the reason is known, where several kinds share it."""


@cache
def failures() -> tuple[Failure, ...]:
    """Return the table, in the order of the kinds."""
    text = files(__package__).joinpath("failures.toml").read_text(encoding="utf-8")
    rows = {row["kind"]: Failure.model_validate(row) for row in tomllib.loads(text)["failure"]}
    return tuple(rows[kind] for kind in FailureKind)


def failure_of(kind: FailureKind) -> Failure:
    """Return the row of a kind."""
    return _by_kind()[kind]


def kind_of_reason(reason: Reason) -> FailureKind | None:
    """Return the kind that a failure of which only the reason is known is taken for; None for other reasons."""
    return _UNSPECIFIC.get(reason) or next((row.kind for row in failures() if row.reason is reason), None)


def reason_of(kind: FailureKind) -> Reason:
    """Return the reason under which a failed request of this kind is recorded."""
    return failure_of(kind).reason or Reason.INTERNAL


@cache
def retried_reasons() -> frozenset[Reason]:
    """Return the reasons of which some kind may pass: for records that carry no kind."""
    return frozenset(row.reason for row in failures() if row.reason and row.treatment is Treatment.RETRY)


def status_kind(status: int) -> FailureKind | None:
    """Return what an HTTP status says went wrong, None for one that does not."""
    if status in (429, 503):
        return FailureKind.HTTP_NOT_NOW
    if status >= 500:
        return FailureKind.HTTP_SERVER_ERROR
    if status in (401, 403):
        return FailureKind.HTTP_REFUSED
    if status in (404, 410):
        return FailureKind.HTTP_ABSENT
    return FailureKind.HTTP_CLIENT_ERROR if status >= 400 else None


@cache
def _by_kind() -> dict[FailureKind, Failure]:
    return {row.kind: row for row in failures()}
