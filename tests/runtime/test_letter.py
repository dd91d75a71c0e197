"""What a dead letter says of itself, whatever its bytes."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.contracts import queues
from services.contracts.audits import AuditId
from services.runtime.letter import MAX_TEXT, read_letter, renewed
from tests.runtime.worker_site import fetch

QUEUE = "audit.fetch.v1.XQ"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("actor_name", "args", "options", "message_id", "message_timestamp", "queue_name")


def envelope(**fields: object) -> dict[str, object]:
    return {
        "queue_name": queues.FETCH,
        "actor_name": queues.FETCH_SITE,
        "args": [fetch("33001", "x").to_json()],
        "kwargs": {},
        "options": {"context": {"audit": "c/33001/1", "authority": "33001"}, "broker_priority": 2},
        "message_id": "5b0c9d7e-1111-4222-8333-444455556666",
        "message_timestamp": 1_790_000_000_000,
        **fields,
    }


def body(**fields: object) -> bytes:
    return json.dumps(envelope(**fields)).encode()


def test_a_message_of_ours_says_who_what_and_when() -> None:
    death = {"time": datetime(2026, 11, 2, 10, tzinfo=UTC), "reason": "rejected", "count": 2}
    letter = read_letter(QUEUE, body(), headers={"x-death": [death]})
    assert (letter.id, letter.actor) == ("5b0c9d7e-1111-4222-8333-444455556666", queues.FETCH_SITE)
    assert (letter.audit, letter.authority) == (AuditId(campaign="c", code="33001"), "33001")
    assert (letter.at, letter.death) == (death["time"], "rejected x2")


def test_the_audit_is_read_from_the_message_where_the_context_is_missing() -> None:
    assert read_letter(QUEUE, body(options={}), headers=None).audit == AuditId(campaign="c", code="33001")


def test_the_last_line_of_the_last_retry_is_the_reason() -> None:
    options = {"retries": 3, "traceback": "Traceback\n  File x\nStoreUnavailable: the store is away\n"}
    letter = read_letter(QUEUE, body(options=options), headers=None)
    assert (letter.why, letter.retries) == ("StoreUnavailable: the store is away", 3)


def test_a_rejected_request_is_told_by_its_headers() -> None:
    headers = {"reason": "authority_unknown", "detail": "99999 is no authority"}
    letter = read_letter(
        queues.REQUESTS_REJECTED, b'{"schema": 1, "authority": "99999"}', headers=headers, message_id="r-1", raw=True
    )
    assert (letter.id, letter.authority, letter.actor) == ("r-1", "99999", None)
    assert letter.why == "authority_unknown: 99999 is no authority"


def test_an_id_that_is_no_identifier_is_replaced_by_the_digest_of_the_body() -> None:
    for hostile in ("\x1b[2J", "-rf", "a" * 200, "", 7, None):
        letter = read_letter(QUEUE, body(message_id=hostile), headers=None)
        assert len(letter.id) == 16
        assert letter.id.isalnum()


def test_a_renewed_message_has_its_priority_and_none_of_its_attempts() -> None:
    options = {"broker_priority": 2, "retries": 3, "traceback": "x", "requeue_timestamp": 1, "eta": 5, "context": {}}
    letter = read_letter(QUEUE, body(options=options, queue_name="audit.fetch.v1.DQ"), headers=None)
    new = json.loads(renewed(letter, queues.FETCH))
    assert new == envelope(options={"broker_priority": 2, "context": {}}, queue_name=queues.FETCH)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_letter_and_are_sent_back_as_they_are(data: bytes) -> None:
    letter = read_letter(QUEUE, data, headers=None)
    assert letter.id.isalnum()
    assert renewed(letter, queues.FETCH) == data


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3), st.dictionaries(st.text(max_size=9), JSON))
def test_fields_of_any_shape_are_a_letter_with_short_texts(
    fields: dict[str, object], headers: dict[str, object]
) -> None:
    letter = read_letter(QUEUE, body(**fields), headers={**headers, "x-death": [fields]})
    assert len(letter.why) <= MAX_TEXT + 20
    assert len(letter.actor or "") <= MAX_TEXT
    renewed(letter, queues.FETCH)


def test_a_body_that_is_nested_without_end_is_no_message() -> None:
    data = b'{"actor_name": ' + b"[" * 100_000
    assert read_letter(QUEUE, data, headers=None).why == "not a message of this program"
