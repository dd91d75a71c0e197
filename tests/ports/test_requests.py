"""What every store of requests does, together with the ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from services.contracts.audits import AuditId, AuditState
from services.contracts.authorities import Authority, Kind, Zone
from services.contracts.errors import BadInput
from services.contracts.messages import Priority
from services.contracts.reasons import Reason
from services.contracts.requests import Rejection
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.domain.requests import Refusal, Request, Target

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def commune(number: int, *, zone: Zone = Zone.METRO) -> Authority:
    url = f"https://www.ville{number}.fr"
    return Authority(
        code=f"33{number:03}", kind=Kind.COMMUNE, name=f"Ville {number}", nature="COM", declared_url=url, zone=zone
    )


def request(name: str = "r-1", *, at: datetime = NOON) -> Request:
    return Request(id=name, digest="0" * 64, received_at=at, reason="contestation", requested_by="préfecture")


def targets(*numbers: int) -> list[Target]:
    return [Target(text=f"www.ville{number}.fr", code=f"33{number:03}") for number in numbers]


def refusal(name: str = "r-1", digest: str = "0", rejection: Rejection = Rejection.NOT_JSON) -> Refusal:
    return Refusal(id=name, digest=digest, received_at=NOON, rejection=rejection, detail="no", size=3, excerpt="{\\x00")


def entry(code: str) -> Authority:
    if code == "33999":
        raise BadInput(f"no authority {code!r}")
    return commune(int(code[2:]))


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    return SqlLedger(engine)


@pytest.fixture
def requests(engine: Engine) -> SqlRequests:
    return SqlRequests(engine)


def start(ledger: SqlLedger, name: str, *authorities: Authority, days: int = 0) -> None:
    campaign = Campaign(name=name, created_at=NOON + timedelta(days=days), frame="test", seed=1)
    ledger.create(campaign, plan(campaign, authorities))


def followed(requests: SqlRequests, name: str = "r-1") -> list[str]:
    found = requests.accepted(name)
    assert found is not None
    return [str(one.audit) for one in found[1]]


def test_a_request_is_kept_with_the_audits_that_answer_it(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1), commune(2))
    assert requests.accept(request(), targets(2, 1), entry)
    found = requests.accepted("r-1")
    assert found is not None
    assert found[0] == request()
    assert [(one.target, str(one.audit), one.name, one.state) for one in found[1]] == [
        ("www.ville2.fr", "c/33002/1", "Ville 2", AuditState.PLANNED),
        ("www.ville1.fr", "c/33001/1", "Ville 1", AuditState.PLANNED),
    ]
    assert requests.accepted("r-2") is None


def test_the_same_request_twice_is_one(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1))
    assert requests.accept(request(), targets(1), entry)
    ledger.close(ledger.release("c", 1, NOON)[0].audit, None, NOON)
    assert not requests.accept(request(), targets(1), entry)
    assert followed(requests) == ["c/33001/1"]
    assert ledger.progress("c").finished


def test_an_audit_is_followed_to_its_end(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1))
    requests.accept(request(), targets(1), entry)
    ledger.release("c", 1, NOON)
    ledger.close(AuditId(campaign="c", code="33001"), Reason.BLOCKED, NOON + timedelta(minutes=1))
    found = requests.accepted("r-1")
    assert found is not None
    [one] = found[1]
    assert (one.state, one.reason) == (AuditState.UNMEASURED, "blocked")
    assert (one.released_at, one.closed_at) == (NOON, NOON + timedelta(minutes=1))


def test_a_reaudit_goes_into_the_newest_campaign_that_is_not_closed_and_knows_the_authority(
    ledger: SqlLedger, requests: SqlRequests
) -> None:
    start(ledger, "old", commune(1), commune(2), commune(3))
    start(ledger, "new", commune(1), commune(2), days=1)
    start(ledger, "closed", commune(1), commune(2), days=2)
    ledger.order("closed", Order.CLOSE, NOON)
    requests.accept(request(), targets(1, 3), entry)
    assert followed(requests) == ["new/33001/1", "old/33003/1"]


def test_what_no_campaign_knows_goes_into_a_standing_one(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1), commune(4, zone=Zone.COM))
    requests.accept(request(), targets(1, 2, 4), entry)
    requests.accept(request("r-2"), targets(2, 5), entry)
    assert followed(requests) == ["c/33001/1", "on-demand/33002/1", "on-demand/33004/1"]
    assert followed(requests, "r-2") == ["on-demand/33002/1", "on-demand/33005/1"]
    standing = ledger.campaign("on-demand")
    assert standing is not None
    assert standing.state is CampaignState.RUNNING
    assert ledger.authority("on-demand", "33002") == commune(2)
    assert ledger.progress("c").excluded == {"outside_study": 1}


def test_a_standing_campaign_that_was_closed_is_followed_by_another(ledger: SqlLedger, requests: SqlRequests) -> None:
    requests.accept(request(), targets(1), entry)
    ledger.order("on-demand", Order.CLOSE, NOON)
    requests.accept(request("r-2"), targets(1), entry)
    requests.accept(request("r-3"), targets(1, 2), entry)
    assert followed(requests, "r-2") == ["on-demand-2/33001/1"]
    assert followed(requests, "r-3") == ["on-demand-2/33001/1", "on-demand-2/33002/1"]


def test_requests_for_an_authority_that_is_being_audited_follow_the_same_audit(
    ledger: SqlLedger, requests: SqlRequests
) -> None:
    start(ledger, "c", *(commune(n) for n in range(1, 6)))
    requests.accept(request(), targets(3), entry)
    requests.accept(request("r-2"), targets(3), entry)
    [running] = ledger.release("c", 5, NOON, least_priority=Priority.ON_DEMAND)
    requests.accept(request("r-3"), targets(3), entry)
    # Also when a newer campaign would take it now.
    start(ledger, "newer", commune(3), days=1)
    requests.accept(request("r-4"), targets(3), entry)
    assert {followed(requests, name)[0] for name in ("r-1", "r-2", "r-3", "r-4")} == {str(running.audit)}
    assert ledger.progress("c").in_flight == 1


def test_a_request_is_taken_whole_or_not_at_all(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1))
    with pytest.raises(BadInput, match="33999"):
        requests.accept(request(), [*targets(1, 2), Target(text="33999", code="33999")], entry)
    assert requests.accepted("r-1") is None
    assert ledger.campaign("on-demand") is None
    assert ledger.release("c", 1, NOON, least_priority=Priority.ON_DEMAND) == []


def test_a_reaudit_of_a_campaign_that_is_named_is_a_request_too(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1))
    start(ledger, "newer", commune(1), days=1)
    assert requests.accept_in("c", request(), [commune(1)])
    assert not requests.accept_in("c", request(), [commune(1)])
    assert followed(requests) == ["c/33001/1"]


def test_refused_requests_are_counted_by_reason_each_once(requests: SqlRequests) -> None:
    for one in (
        refusal(),
        refusal(),
        refusal(digest="1"),
        refusal("r-2", rejection=Rejection.TOO_DEEP),
    ):
        requests.refuse(one)
    assert requests.counts() == (0, {Rejection.NOT_JSON: 2, Rejection.TOO_DEEP: 1})
    assert requests.refused("r-2") == refusal("r-2", rejection=Rejection.TOO_DEEP)
    assert requests.refused("r-3") is None
    assert {one.id for one in requests.latest_refused(10)} == {"r-1", "r-2"}
    assert len(requests.latest_refused(1)) == 1


def test_a_refused_request_does_not_use_up_its_id(requests: SqlRequests) -> None:
    requests.refuse(refusal())
    assert requests.accept(request(), targets(1), entry)
    assert requests.counts() == (1, {Rejection.NOT_JSON: 1})


def test_the_latest_requests_come_first(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", commune(1), commune(2))
    for number in (1, 2, 3):
        requests.accept(request(f"r-{number}", at=NOON + timedelta(minutes=number)), targets(1), entry)
    assert [found.id for found, _ in requests.latest_accepted(2)] == ["r-3", "r-2"]


def test_authorities_are_found_by_their_host_group_as_the_newest_campaign_knows_them(
    ledger: SqlLedger, requests: SqlRequests
) -> None:
    moved = commune(1).model_copy(update={"declared_url": "https://www.ville2.fr/un"})
    start(ledger, "c", commune(1), commune(2))
    start(ledger, "newer", moved, days=1)
    start(ledger, "closed", commune(3), days=2)
    ledger.order("closed", Order.CLOSE, NOON)
    assert {a.code: a for a in requests.in_host_group("ville2.fr")} == {"33001": moved, "33002": commune(2)}
    assert requests.in_host_group("ville3.fr") == []


def test_what_was_asked_for_on_demand_is_counted_apart(ledger: SqlLedger, requests: SqlRequests) -> None:
    start(ledger, "c", *(commune(n) for n in range(1, 4)))
    [running] = ledger.release("c", 1, NOON)
    others = [n for n in range(1, 4) if running.audit.code != f"33{n:03}"]
    requests.accept(request(), targets(others[0], 7), entry)
    for campaign in ("c", "on-demand"):
        ledger.release(campaign, 5, NOON, least_priority=Priority.ON_DEMAND)
    assert (ledger.in_flight(Priority.CAMPAIGN), ledger.in_flight(Priority.ON_DEMAND)) == (3, 2)
