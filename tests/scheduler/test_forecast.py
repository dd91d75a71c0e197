"""What a campaign is expected to take."""

from datetime import UTC, datetime

import pytest

from services.contracts.authorities import Authority, Kind, Zone
from services.scheduler.domain.campaign import Campaign, PlannedAudit, plan
from services.scheduler.domain.forecast import UnitCosts, forecast, unit_costs

COSTS = UnitCosts(
    requests_per_site=10,
    seconds_per_site=5,
    seconds_per_empty_audit=0.5,
    bytes_per_site=1000,
    bytes_per_empty_audit=10,
)


def planned(*urls: str | None) -> list[PlannedAudit]:
    communes = [
        Authority(code=f"33{n:03}", kind=Kind.COMMUNE, name="Ville", nature="COM", population=n, declared_url=url)
        for n, url in enumerate(urls)
    ]
    overseas = Authority(code="98832", kind=Kind.COMMUNE, name="Yaté", nature="COM", zone=Zone.COM)
    campaign = Campaign(name="c", created_at=datetime(2026, 11, 23, tzinfo=UTC), frame="test", seed=1)
    return plan(campaign, [*communes, overseas])


def test_a_forecast_counts_sites_empty_audits_and_exclusions() -> None:
    found = forecast(planned("http://a.fr", "http://b.fr", None), slots=1, interval=1, costs=COSTS)
    assert (found.audits, found.excluded, found.sites, found.host_groups) == (3, 1, 2, 2)
    assert found.bytes == 2 * 1000 + 10
    assert found.seconds == pytest.approx(2 * 15 + 0.5)


def test_more_slots_shorten_a_campaign_until_the_longest_host_group_rules() -> None:
    rows = planned(*(f"http://m{n}.free.fr" for n in range(4)), "http://a.fr", "http://b.fr")
    alone = forecast(rows, slots=1, interval=0, costs=COSTS)
    many = forecast(rows, slots=100, interval=0, costs=COSTS)
    assert alone.seconds == pytest.approx(30)
    assert many.seconds == pytest.approx(20)
    assert [(group.name, group.sites) for group in many.shared] == [("free.fr", 4)]


def test_an_empty_plan_takes_nothing() -> None:
    assert forecast([], slots=4, interval=1).seconds == 0


def test_the_shipped_unit_costs_are_positive() -> None:
    assert all(value > 0 for value in unit_costs().model_dump().values())


def test_sites_of_one_known_server_follow_one_another_whatever_their_domains() -> None:
    rows = planned("http://a.fr", "http://b.fr", "http://c.fr", "http://m1.free.fr", "http://m2.free.fr")
    learned = {"33000": "51.91.236.193", "33001": "51.91.236.193", "33002": "51.91.236.193"}
    learned |= {"33003": "212.27.63.1", "33004": "212.27.63.1"}
    rows = [row.model_copy(update={"address_group": learned.get(row.audit.code)}) for row in rows]
    found = forecast(rows, slots=100, interval=0, costs=COSTS)
    assert (found.host_groups, found.address_groups) == (4, 1)
    assert [(group.name, group.sites) for group in found.shared] == [("51.91.236.193", 3), ("free.fr", 2)]
    assert found.seconds == pytest.approx(15)
