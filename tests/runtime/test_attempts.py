"""The count of attempts at one message."""

from dataclasses import replace
from pathlib import Path

import pytest
from dramatiq import Message, MessageProxy
from dramatiq.brokers.stub import StubBroker

from services.contracts.audits import AuditId
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.attempts import AttemptMarkers, Delivery, Poisoned, attempts_key
from services.runtime.message_marks import GIVEN_BACK, LOST

FIRST = Delivery("fetch_site", AuditId(campaign="c", code="33001"), "message-1", redelivered=False)
AGAIN = replace(FIRST, redelivered=True)


def test_three_starts_that_never_ended_are_the_last(tmp_path: Path) -> None:
    markers = AttemptMarkers(FolderArtefactStore(tmp_path))
    assert [markers.begin(FIRST), markers.begin(AGAIN), markers.begin(AGAIN)] == [1, 2, 3]
    for _ in range(2):
        with pytest.raises(Poisoned):
            markers.begin(AGAIN)


def test_a_message_that_was_delivered_but_never_started_is_at_its_first_attempt(tmp_path: Path) -> None:
    assert AttemptMarkers(FolderArtefactStore(tmp_path)).begin(AGAIN) == 1


@pytest.mark.parametrize("option", [GIVEN_BACK, LOST])
def test_an_attempt_whose_message_is_delivered_again_though_nothing_died_is_forgotten(
    tmp_path: Path, option: str
) -> None:
    markers, broker = AttemptMarkers(FolderArtefactStore(tmp_path)), StubBroker(middleware=[])
    for _ in range(10):
        assert markers.begin(AGAIN) == 1
        message = MessageProxy(Message("q", "a", (), {}, {option: True}, message_id=AGAIN.message_id))
        markers.after_process_message(broker, message)
        markers.after_ack(broker, message)


def test_an_attempt_that_was_answered_for_stays_counted(tmp_path: Path) -> None:
    markers, broker = AttemptMarkers(FolderArtefactStore(tmp_path)), StubBroker(middleware=[])
    markers.begin(AGAIN)
    message = MessageProxy(Message("q", "a", (), {}, {}, message_id=AGAIN.message_id))
    markers.after_process_message(broker, message)
    markers.after_ack(broker, message)
    assert markers.count(AGAIN) == 1


def test_another_message_of_the_same_audit_counts_for_itself(tmp_path: Path) -> None:
    markers = AttemptMarkers(FolderArtefactStore(tmp_path))
    assert [markers.begin(FIRST), markers.begin(AGAIN)] == [1, 2]
    assert markers.begin(replace(AGAIN, message_id="message-2")) == 1


def test_a_marker_that_cannot_be_read_counts_as_one_attempt(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    store.put_document(attempts_key(FIRST), b"[")
    assert AttemptMarkers(store).begin(AGAIN) == 2
