"""Taking a request: the use case over a real ledger."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.contracts.audits import AuditId
from services.contracts.requests import Rejection
from services.runtime.clock import FixedClock
from services.runtime.database import open_sqlite
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.national_frame import ShippedFrame
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.campaign import Campaign, plan
from services.scheduler.handlers import Accepted, AcceptRequest, Refused
from services.scheduler.metrics import SCHEDULER
from tests.measured import Measured
from tests.scheduler.request_desk import SmallFrame, commune

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Office:
    """The use case with a clock that stands still and one campaign."""

    def __init__(self, folder: Path) -> None:
        engine = open_sqlite(folder / "audit.db")
        self.clock = FixedClock(NOON)
        self.ledger = SqlLedger(engine)
        self.requests = SqlRequests(engine)
        self.take = AcceptRequest(self.requests, SmallFrame(), self.clock)
        campaign = Campaign(name="c", created_at=NOON, frame="test", seed=1)
        known = [commune("33001", "https://www.un.fr"), commune("33006", "https://six.fr"), commune("2A004")]
        self.ledger.create(campaign, plan(campaign, known))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def body(authority: object, **fields: object) -> bytes:
    return json.dumps({"schema": 1, "authority": authority, **fields}).encode()


def audits(outcome: Accepted | Refused) -> list[str]:
    assert isinstance(outcome, Accepted), outcome
    return [str(audit) for audit in outcome.audits]


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("33001", ["c/33001/1"]),
        ("2a004", ["c/2A004/1"]),
        ("https://www.un.fr/contact", ["c/33001/1"]),
        ("six.fr", ["c/33006/1"]),
        ("deux.fr", ["on-demand/33002/1"]),
        (["33005", "six.fr", "33001"], ["on-demand/33005/1", "c/33006/1", "c/33001/1"]),
        (["33001", "un.fr", "www.un.fr", "33001"], ["c/33001/1"]),
        ("97701", ["on-demand/97701/1"]),
    ],
)
def test_authorities_are_asked_for_by_code_or_url(office: Office, authority: object, expected: list[str]) -> None:
    assert audits(office.take(body(authority), "r-1")) == expected


@pytest.mark.parametrize(
    ("authority", "rejection", "said"),
    [
        ("33009", Rejection.AUTHORITY_UNKNOWN, "33009"),
        ("75101", Rejection.AUTHORITY_UNKNOWN, "arrondissement of Ville 75056, give 75056"),
        (["33001", "33009"], Rejection.AUTHORITY_UNKNOWN, "33009"),
        ("www.nulle-part.fr", Rejection.AUTHORITY_UNKNOWN, "nulle-part.fr"),
        ("commun.fr", Rejection.AUTHORITY_AMBIGUOUS, "33003 (Ville 33003), 33004"),
        ("trois", Rejection.AUTHORITY_MALFORMED, "trois"),
    ],
)
def test_a_request_that_means_nobody_is_refused_whole(
    office: Office, authority: object, rejection: Rejection, said: str
) -> None:
    outcome = office.take(body(authority), "r-1")
    assert isinstance(outcome, Refused)
    assert (outcome.request_id, outcome.rejection) == ("r-1", rejection)
    assert said in outcome.detail
    assert office.requests.counts() == (0, {rejection: 1})
    assert office.ledger.latest("c", "33001") == AuditId(campaign="c", code="33001")


def test_a_second_delivery_changes_nothing_even_after_the_audit_ended(office: Office) -> None:
    first = office.take(body("33001"), "r-1")
    [row] = office.ledger.release("c", 1, NOON)
    office.ledger.close(row.audit, None, NOON)
    again = office.take(body("33001"), "r-1")
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (first.new, again.new) == (True, False)
    assert first.audits == again.audits == (row.audit,)
    assert office.ledger.latest("c", "33001") == row.audit


def test_requests_are_counted_by_what_became_of_them(office: Office) -> None:
    measured = Measured(SCHEDULER)
    office.take(body("33001"), "r-1")
    office.clock.at += timedelta(seconds=1)
    office.take(body("33001"), "r-1")
    office.take(body(["33001"]), "r-2")
    office.take(body(["33001", "33006"]), "r-3")
    office.take(b"[]", "r-4")
    counts = {("accepted",): 2, ("coalesced",): 2, ("rejected",): 1}
    assert measured.changes("audit_requests_total") == counts
    assert measured.changes("audit_requests_rejected_total") == {(Rejection.NOT_AN_OBJECT,): 1}


def test_an_id_names_one_message_for_ever(office: Office) -> None:
    office.take(body("33001"), "r-1")
    outcome = office.take(body("33005"), "r-1")
    assert isinstance(outcome, Refused)
    assert outcome.rejection is Rejection.ID_REUSED
    assert office.ledger.campaign("on-demand") is None


def test_a_refused_message_may_be_mended_and_sent_under_its_id(office: Office) -> None:
    assert isinstance(office.take(body("3300"), "r-1"), Refused)
    assert audits(office.take(body("33001"), "r-1")) == ["c/33001/1"]


def test_without_an_id_the_same_bytes_within_a_minute_are_one_request(office: Office) -> None:
    first = office.take(body("33001"))
    assert office.take(body("33001")).request_id == first.request_id
    assert office.take(body("33001", reason="x")).request_id != first.request_id
    office.clock.at += timedelta(minutes=1)
    assert office.take(body("33001")).request_id != first.request_id


def test_a_bad_id_is_refused_under_an_id_of_ours(office: Office) -> None:
    outcome = office.take(body("33001"), "\x1b[2J")
    assert isinstance(outcome, Refused)
    assert outcome.rejection is Rejection.ID_MALFORMED
    assert outcome.request_id.isalnum()


def test_of_a_refused_message_only_the_harmless_beginning_is_kept(office: Office) -> None:
    office.take(b"\x00\x1b[2J\xff" + b"secret" * 5000, "r-1")
    kept = office.requests.refused("r-1")
    assert kept is not None
    assert kept.size == 30_006
    assert kept.excerpt.startswith(r"\x00\x1b[2J\xffsecret")
    assert len(kept.excerpt) < 300


def test_who_asks_and_why_are_kept(office: Office) -> None:
    office.take(body("33001", reason="contestation", requested_by="préfecture"), "r-1")
    found = office.requests.accepted("r-1")
    assert found is not None
    assert (found[0].reason, found[0].requested_by, found[0].received_at) == ("contestation", "préfecture", NOON)


def test_the_shipped_frame_knows_the_country(office: Office) -> None:
    take = AcceptRequest(office.requests, ShippedFrame(), office.clock)
    assert audits(take(body(["33243", "243300316", "https://www.libourne.fr/mairie"]), "r-1")) == [
        "on-demand/33243/1",
        "on-demand/243300316/1",
    ]
    outcome = take(body("https://gervanne-sye.com/"), "r-2")
    assert isinstance(outcome, Refused)
    assert outcome.rejection is Rejection.AUTHORITY_AMBIGUOUS
