"""The table of failure kinds: complete, unambiguous, each kind judged once."""

import pytest

from services.contracts.failures import (
    FailureKind,
    Treatment,
    failure_of,
    failures,
    kind_of_reason,
    reason_of,
    retried_reasons,
    status_kind,
)
from services.contracts.reasons import Reason


def test_every_kind_has_one_row() -> None:
    assert [row.kind for row in failures()] == list(FailureKind)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_kind_is_judged_once(kind: FailureKind) -> None:
    row = failure_of(kind)
    assert (row.persisting is not None) == (row.treatment is Treatment.RETRY), "only what is retried can persist"
    assert row.persisting is not Treatment.RETRY
    assert row.meaning.endswith(".")
    assert row.probe
    assert row.browser


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (304, None),
        (401, FailureKind.HTTP_REFUSED),
        (403, FailureKind.HTTP_REFUSED),
        (404, FailureKind.HTTP_ABSENT),
        (410, FailureKind.HTTP_ABSENT),
        (418, FailureKind.HTTP_CLIENT_ERROR),
        (429, FailureKind.HTTP_NOT_NOW),
        (500, FailureKind.HTTP_SERVER_ERROR),
        (503, FailureKind.HTTP_NOT_NOW),
    ],
)
def test_a_status_is_of_one_kind(status: int, kind: FailureKind | None) -> None:
    assert status_kind(status) is kind


def test_a_reason_alone_names_a_kind_of_its_own() -> None:
    known = {row.reason for row in failures() if row.reason}
    for reason in known:
        kind = kind_of_reason(reason)
        assert kind is not None
        assert reason_of(kind) is reason
    assert kind_of_reason(Reason.STUCK) is None


def test_what_is_an_answer_is_not_asked_for_again() -> None:
    assert retried_reasons().isdisjoint({Reason.ROBOTS, Reason.FORBIDDEN_ADDRESS, Reason.OPTED_OUT, Reason.TOO_LARGE})
