"""A round of the canaries over a ledger, against a product that does what each test says."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.cli.canary_loop import CanaryLoop
from services.cli.canary_metrics import CANARY as METRICS
from services.cli.canary_round import CanaryRound, RoundEnd
from services.cli.canary_verdicts import CanaryVerdicts
from services.contracts.artefacts import verdicts_key
from services.contracts.audits import CANARY, AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import BadInput, BrokerUnavailable
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State, Verdict, VerdictSet
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import FixedClock
from services.runtime.database import open_sqlite
from services.runtime.tables import CAMPAIGN
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.campaign_state import CampaignState, Order
from services.scheduler.handlers import AcceptRequest
from services.simulator.features import Features
from services.simulator.truth import SiteTruth, TruthVerdict
from tests.measured import Measured

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = "r1-0123abcd"
TRUE = {"has_functional_site": State.YES, "legal_notice": State.PARTIAL}
SEEN, HIDDEN = "99001", "99007"


def canary(code: str, url: str = "https://www.a.canary.test") -> Authority:
    return Authority(code=code, kind=Kind.COMMUNE, name="Fontcanari", nature="COM", declared_url=url)


def truth(*, hidden: bool) -> SiteTruth:
    verdicts = {name: TruthVerdict(state=state) for name, state in TRUE.items()}
    return SiteTruth(hidden=hidden, verdicts=verdicts, features=Features())


class NoFrame:
    """A national frame that knows nobody: no canary is an authority."""

    def get(self, code: str) -> Authority:
        raise BadInput(f"{code}: no such authority")

    def on_host_of(self, url: str) -> tuple[Authority, ...]:
        del url
        return ()


class Waiting(threading.Event):
    """A stop event during whose waits the time passes and the product works."""

    def __init__(self, product: "Product") -> None:
        super().__init__()
        self._product = product

    def wait(self, timeout: float | None = None) -> bool:
        self._product.pass_time(timeout or 0)
        return self.is_set()


class Product:
    """A ledger, a verdict store, and an audit that gives the verdicts it is told to."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOON)
        self.engine = open_sqlite(folder / "audit.db")
        self.store = FolderArtefactStore(folder / "artefacts")
        self.ledger, self.requests = SqlLedger(self.engine), SqlRequests(self.engine)
        self.verdicts = CanaryVerdicts(self.engine, self.store)
        self.accept = AcceptRequest(self.requests, NoFrame(), self.clock)
        self.answers: dict[str, dict[str, State]] = {SEEN: TRUE, HIDDEN: dict.fromkeys(TRUE, State.UNDETERMINED)}
        self.away = 0
        self.works = True
        self.sent: list[str] = []
        self.stop = Waiting(self)

    def round(self, *authorities: Authority, budget: float = 60) -> CanaryRound:
        return CanaryRound(
            authorities=authorities or (canary(SEEN), canary(HIDDEN, "https://www.b.canary.test")),
            truths={SEEN: truth(hidden=False), HIDDEN: truth(hidden=True)},
            ledger=self.ledger,
            requests=self.requests,
            verdicts=self.verdicts,
            publish=self.publish,
            clock=self.clock,
            budget=budget,
            poll=5,
        )

    def end(self, go_round: CanaryRound | None = None) -> RoundEnd:
        end = (go_round or self.round())(self.stop)
        assert end is not None
        return end

    def publish(self, body: bytes, request_id: str) -> None:
        if self.away:
            self.away -= 1
            raise BrokerUnavailable("the broker is away")
        self.sent.append(request_id)
        self.accept(body, request_id)

    def pass_time(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)
        if self.works and self.ledger.campaign(CANARY) is not None:
            for row in self.ledger.release(CANARY, 10, self.clock.at):
                self.audit(row.audit, row.authority)

    def audit(self, audit: AuditId, authority: Authority) -> None:
        answers = self.answers.get(audit.code)
        if answers is not None:
            SqlVerdictStore(self.engine).record(self.judged(audit, authority, answers))
        self.ledger.close(audit, None if answers else Reason.STUCK, self.clock.at)

    def judged(self, audit: AuditId, authority: Authority, answers: dict[str, State]) -> VerdictSet:
        proof = (Evidence(kind=EvidenceKind.TEXT, url="https://www.a.canary.test/", snippet="Mentions légales"),)
        made = VerdictSet(
            audit_id=str(audit),
            campaign=audit.campaign,
            sequence=audit.sequence,
            authority=authority,
            rule_set=RULES,
            manifest_key="m",
            captured_at=self.clock.at,
            analyzed_at=self.clock.at,
            verdicts=tuple(
                Verdict(indicator=name, state=state, rule=f"{name}@1", evidence=proof)
                for name, state in answers.items()
            ),
        )
        self.store.put_document(verdicts_key(audit, RULES), made.model_dump_json().encode())
        return made


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path)
    yield made
    made.engine.dispose()


def wrong(end: RoundEnd) -> list[tuple[str, str, str]]:
    return [(one.audit.code, one.indicator, str(one.found) if one.found else "missing") for one in end.wrong]


def test_right_verdicts_make_a_good_round_and_undetermined_is_right_of_a_site_that_hides(product: Product) -> None:
    end = product.end()
    assert (end.good, end.audits, end.late, end.wrong, end.seconds) == (True, 2, (), (), 5)
    campaign = product.ledger.campaign(CANARY)
    assert campaign is not None
    assert (campaign.priority, campaign.max_pages) == (-100, 5)


def test_each_round_audits_anew_and_believes_no_verdict_of_the_round_before(product: Product) -> None:
    assert product.end().good
    del product.answers[SEEN]
    end = product.end()
    assert wrong(end) == [(SEEN, "has_functional_site", "missing"), (SEEN, "legal_notice", "missing")]
    assert {one.audit.sequence for one in end.wrong} == {2}


def test_a_wrong_verdict_is_named_with_what_it_should_be(product: Product) -> None:
    product.answers[SEEN] = TRUE | {"legal_notice": State.NO}
    end = product.end()
    assert not end.good
    assert wrong(end) == [(SEEN, "legal_notice", "no")]
    [difference] = end.wrong
    assert str(difference.expected) == "partial"
    assert [one.snippet for one in product.verdicts.evidence(difference)] == ["Mentions légales"]


def test_undetermined_is_wrong_of_a_site_that_can_be_seen(product: Product) -> None:
    product.answers[SEEN] = TRUE | {"legal_notice": State.UNDETERMINED}
    assert wrong(product.end()) == [(SEEN, "legal_notice", "undetermined")]


def test_what_has_not_ended_in_time_is_late(product: Product) -> None:
    product.works = False
    end = product.end(product.round(budget=30))
    assert (end.late, end.wrong, end.seconds) == ((SEEN, HIDDEN), (), 30)


def test_a_round_begun_again_follows_the_audits_that_one_cut_short_had_asked_for(product: Product) -> None:
    product.works = False
    product.stop.set()
    assert product.round()(product.stop) is None
    product.stop.clear()
    product.works = True
    assert product.end().good
    assert len(set(product.sent)) == 2
    assert {audit.sequence for audit in product.ledger.closed(CANARY)} == {1}


def test_a_server_that_is_away_costs_time_and_no_second_request(product: Product) -> None:
    product.away = 3
    with capture_logs() as logs:
        end = product.end()
    assert [line["error"] for line in logs if line["log_level"] == "warning"] == ["the broker is away"]
    assert (end.good, end.seconds, product.sent) == (True, 20, [end.request_id])


def test_a_request_that_is_refused_makes_the_round_late_at_once(product: Product) -> None:
    assert product.end().good
    with product.engine.begin() as connection:
        connection.execute(update(CAMPAIGN).values(state=CampaignState.CLOSED.value))
    with capture_logs() as logs:
        end = product.end()
    assert (end.late, end.seconds) == ((SEEN, HIDDEN), 5)
    assert "99001" in next(line["detail"] for line in logs if line["event"] == "the canaries' request was refused")


def test_nobody_closes_the_campaign_of_the_canaries_for_ever(product: Product) -> None:
    assert product.end().good
    with pytest.raises(BadInput, match="stop `commune-audit canary`"):
        product.ledger.order(CANARY, Order.CLOSE, product.clock.at)
    assert product.end().good


def test_canaries_that_changed_with_the_program_are_audited_as_they_are_now(product: Product) -> None:
    assert product.end(product.round(canary(SEEN))).good
    moved = canary(SEEN, "https://www.c.canary.test")
    assert product.end(product.round(moved, canary(HIDDEN))).good
    assert product.ledger.authority(CANARY, SEEN) == moved


def test_the_end_of_a_round_is_measured_and_its_wrong_verdicts_are_logged_with_their_evidence(
    product: Product,
) -> None:
    product.answers[SEEN] = TRUE | {"legal_notice": State.NO}
    measured, stops = Measured(METRICS), iter((False, True))

    class Stopping(CanaryLoop):
        def pause(self, seconds: float) -> bool:
            assert seconds == 900 - 5
            if next(stops):
                self.stop()
            product.answers[SEEN] = TRUE
            return super().pause(0)

    loop = Stopping(
        lambda _: product.round()(product.stop), product.verdicts.evidence, interval=900, clock=product.clock
    )
    with capture_logs() as logs:
        loop.run()
    assert measured.changes("audit_canary_rounds_total") == {("failed",): 1, ("ok",): 1}
    assert measured.value("audit_canary_wrong_verdicts") == 0
    assert measured.value("audit_canary_late_audits") == 0
    assert measured.value("audit_canary_audits") == 2
    assert measured.value("audit_canary_interval_seconds") == 900
    assert measured.value("audit_canary_last_success_timestamp_seconds") == product.clock.at.timestamp()
    [line] = [line for line in logs if line["log_level"] == "error"]
    assert (line["audit"], line["indicator"]) == (f"{CANARY}/{SEEN}/1", "legal_notice")
    assert (line["expected"], line["found"]) == ("partial", "no")
    assert line["evidence"] == [{"kind": "text", "url": "https://www.a.canary.test/", "snippet": "Mentions légales"}]
