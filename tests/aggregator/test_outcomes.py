"""What became of each authority, and that none is lost."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.domain.outcomes import AuditRow, VerdictSetRow, conservation, outcomes
from services.contracts.audits import AuditState
from services.contracts.authorities import Authority, Kind
from tests.aggregator.country import NOON

P, R, M, U, X = (
    AuditState.PLANNED,
    AuditState.RELEASED,
    AuditState.MEASURED,
    AuditState.UNMEASURED,
    AuditState.EXCLUDED,
)


def row(state: AuditState, *, sequence: int = 1, reason: str | None = None, set_of: int | None = None,
        unmeasured: str | None = None, code: str = "33063", confirmation: int | None = None) -> AuditRow:  # fmt: skip
    verdict_set = VerdictSetRow(
        sequence=set_of or 1,
        rule_set="r1-0",
        captured_at=NOON,
        analyzed_at=NOON,
        unmeasured=unmeasured,
        manifest_key="m",
        verdicts_key="v",
    )
    return AuditRow(
        authority=Authority(code=code, kind=Kind.COMMUNE, name="B", nature="COM"),
        sequence=sequence,
        state=state,
        reason=reason,
        closed_at=NOON + timedelta(days=sequence) if state.closed else None,
        verdict_set=verdict_set if set_of else None,
        confirmation=confirmation,
    )


PENDING = "pending_confirmation"


@pytest.mark.parametrize(
    ("rows", "state", "reason", "counts"),
    [
        pytest.param([row(P)], P, None, False, id="waiting"),
        pytest.param([row(R)], R, None, False, id="in flight"),
        pytest.param([row(M, set_of=1)], M, None, True, id="measured"),
        pytest.param([row(U, reason="blocked", set_of=1, unmeasured="blocked")], U, "blocked", True, id="blocked"),
        pytest.param([row(U, reason="stuck")], U, "stuck", False, id="given up without verdicts"),
        pytest.param([row(U, reason="stuck", set_of=1)], M, None, True, id="given up, then verdicts came late"),
        pytest.param([row(R, set_of=1)], M, None, True, id="verdicts recorded, close not yet delivered"),
        pytest.param([row(M)], U, "internal", False, id="closed as measured but the verdicts are gone"),
        pytest.param([row(M, set_of=1), row(R, sequence=2, set_of=1)], M, None, True, id="re-audit in flight"),
        pytest.param(
            [row(M, set_of=1), row(U, sequence=2, reason="stuck", set_of=1)], U, "stuck", False, id="re-audit stuck"
        ),
        pytest.param([row(M, set_of=2), row(M, sequence=2, set_of=2)], M, None, True, id="re-audit measured"),
        pytest.param(
            [row(M, set_of=1), row(P, sequence=2, set_of=1, confirmation=1)], U, PENDING, False, id="failure to confirm"
        ),
        pytest.param(
            [row(U, reason="timeout", set_of=2), row(R, sequence=2, set_of=2, confirmation=1)],
            U,
            PENDING,
            False,
            id="confirmation not yet closed",
        ),
        pytest.param(
            [row(M, set_of=2), row(M, sequence=2, set_of=2, confirmation=1)], M, None, True, id="works again, or died"
        ),
        pytest.param(
            [row(M, set_of=1), row(U, sequence=2, set_of=1, reason="campaign_closed", confirmation=1)],
            U,
            "campaign_closed",
            False,
            id="campaign closed before the failure was confirmed",
        ),
        pytest.param([row(X, reason="outside_study")], X, "outside_study", False, id="excluded"),
    ],
)
def test_the_latest_finished_audit_decides(
    rows: list[AuditRow], state: AuditState, reason: str | None, counts: bool
) -> None:
    outcome = outcomes(rows)["33063"]
    assert (outcome.state, outcome.reason, outcome.verdict_set is not None) == (state, reason, counts)
    assert outcomes(list(reversed(rows)))["33063"] == outcome


@given(
    st.lists(
        st.tuples(st.sampled_from((P, R, M, U, X)), st.sampled_from((None, "stuck", "blocked")), st.booleans()),
        max_size=40,
    )
)
def test_planned_is_the_sum_of_all_places_an_authority_can_be(
    drawn: list[tuple[AuditState, str | None, bool]],
) -> None:
    rows = [
        row(state, code=f"33{n:03}", reason=reason, set_of=1 if verdicts else None)
        for n, (state, reason, verdicts) in enumerate(drawn)
    ]
    balance = conservation(len(rows), outcomes(rows))
    assert balance.residue == 0
    assert balance.planned == len(rows)


def test_a_lost_authority_shows_as_a_residue() -> None:
    assert conservation(3, outcomes([row(M, set_of=1)])).residue == 2
