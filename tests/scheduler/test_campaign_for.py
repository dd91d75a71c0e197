"""Into which campaign a re-audit goes."""

from datetime import UTC, datetime

import pytest

from services.contracts.audits import AuditState
from services.contracts.messages import Priority
from services.scheduler.domain.requests import Standing, campaign_for


def standing(month: int, state: AuditState, priority: Priority = Priority.CAMPAIGN) -> Standing:
    return Standing(
        campaign=f"m{month}", created_at=datetime(2026, month, 1, tzinfo=UTC), state=state, priority=priority
    )


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([], None),
        ([standing(3, AuditState.MEASURED), standing(5, AuditState.PLANNED), standing(4, AuditState.UNMEASURED)], "m5"),
        ([standing(3, AuditState.RELEASED), standing(5, AuditState.PLANNED)], "m3"),
        ([standing(3, AuditState.PLANNED, Priority.ON_DEMAND), standing(5, AuditState.PLANNED)], "m3"),
        ([standing(3, AuditState.MEASURED, Priority.ON_DEMAND), standing(5, AuditState.MEASURED)], "m5"),
        ([standing(3, AuditState.MEASURED), standing(5, AuditState.EXCLUDED)], "m3"),
        ([standing(5, AuditState.EXCLUDED)], None),
    ],
)
def test_a_reaudit_goes_where_one_is_on_its_way_else_into_the_newest_that_knows_the_authority(
    standings: list[Standing], expected: str | None
) -> None:
    assert campaign_for(standings) == expected
    assert campaign_for(reversed(standings)) == expected
