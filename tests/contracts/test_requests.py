"""Requests for a re-audit."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contracts.requests import (
    MAX_AUTHORITIES,
    BadRequest,
    Rejection,
    RequestMessage,
    given_request_id,
    parse_request,
)


def body(**fields: object) -> bytes:
    return json.dumps({"schema": 1, "authority": "33243", **fields}).encode()


@pytest.mark.parametrize(
    ("authority", "targets"),
    [
        ("33243", ("33243",)),
        (" 2a004 ", ("2A004",)),
        ("243300316", ("243300316",)),
        (["33243", "33063", "33243"], ("33243", "33063")),
        ("www.libourne.fr", ("http://www.libourne.fr/",)),
        (["https://www.libourne.fr/", "33063"], ("https://www.libourne.fr/", "33063")),
    ],
)
def test_an_authority_is_named_by_code_or_url_alone_or_in_a_list(authority: object, targets: tuple[str, ...]) -> None:
    assert parse_request(body(authority=authority)).targets == targets


def test_who_asks_and_why_are_kept_and_unknown_fields_ignored() -> None:
    request = parse_request(body(reason="contestation", requested_by="préfecture", later={"a": 1}))
    assert (request.reason, request.requested_by) == ("contestation", "préfecture")


@pytest.mark.parametrize(
    ("data", "rejection"),
    [
        (b"", Rejection.NOT_JSON),
        (b"33243", Rejection.NOT_AN_OBJECT),
        (b"[]", Rejection.NOT_AN_OBJECT),
        (b"null", Rejection.NOT_AN_OBJECT),
        (b"{", Rejection.NOT_JSON),
        (b"authority=33243", Rejection.NOT_JSON),
        (b'{"schema": NaN}', Rejection.NOT_JSON),
        (b"\xff\xfe{}", Rejection.NOT_UTF8),
        (b"\x1f\x8b\x08\x00binary\x80", Rejection.NOT_UTF8),
        (b'{"schema":1,"authority":"33243"' + b" " * 20_000 + b"}", Rejection.TOO_LARGE),
        (b'{"authority":"33243"}', Rejection.SCHEMA_MISSING),
        (body(schema=2), Rejection.SCHEMA_UNSUPPORTED),
        (body(schema="1"), Rejection.SCHEMA_UNSUPPORTED),
        (body(schema=True), Rejection.SCHEMA_UNSUPPORTED),
        (b'{"schema":1}', Rejection.AUTHORITY_MISSING),
        (body(authority=[]), Rejection.AUTHORITY_MISSING),
        (body(authority=None), Rejection.AUTHORITY_MISSING),
        (body(authority=33243), Rejection.AUTHORITY_MALFORMED),
        (body(authority="3324"), Rejection.AUTHORITY_MALFORMED),
        (body(authority=["33243", {"code": "33063"}]), Rejection.AUTHORITY_MALFORMED),
        (body(authority="maire@libourne.fr"), Rejection.AUTHORITY_MALFORMED),
        (body(authority="Libourne"), Rejection.AUTHORITY_MALFORMED),
        (body(authority=["33243"] * (MAX_AUTHORITIES + 1)), Rejection.TOO_MANY_AUTHORITIES),
        (b'{"schema":1,"authority":"33243","authority":"33063"}', Rejection.DUPLICATE_KEY),
        (body(authority=[[[[["33243"]]]]]), Rejection.TOO_DEEP),
        (b'{"schema":1,"authority":' + b"[" * 6000 + b"]" * 6000 + b"}", Rejection.TOO_DEEP),
        (body(reason=3), Rejection.TEXT_MALFORMED),
        (body(reason="x" * 501), Rejection.TEXT_MALFORMED),
        (body(requested_by="a\x00b"), Rejection.TEXT_MALFORMED),
    ],
)
def test_a_bad_request_is_refused_with_its_reason(data: bytes, rejection: Rejection) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_request(data)
    assert refused.value.rejection is rejection
    assert str(refused.value)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with suppress(BadRequest):
        parse_request(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_no_json_raises_anything_else(value: object) -> None:
    with suppress(BadRequest):
        parse_request(json.dumps({"schema": 1, "authority": value}).encode())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "schema": st.sampled_from([1, 2, "1", None]),
            "authority": st.sampled_from(["33243", "www.libourne.fr", 33243, None, {}])
            | st.lists(st.sampled_from(["33243", "243300316"]), max_size=3),
            "reason": st.sampled_from(["contestation", 3, "x" * 501]),
            "requested_by": st.sampled_from(["préfecture", None]),
        },
    )
)
def test_what_is_read_is_what_the_published_schema_allows(document: dict[str, object]) -> None:
    with suppress(BadRequest):
        parse_request(json.dumps(document).encode())
        RequestMessage.model_validate(document, strict=True)


@pytest.mark.parametrize("without", ["schema", "authority"])
def test_the_published_schema_asks_for_the_fields_that_are_needed(without: str) -> None:
    document = {"schema": 1, "authority": ["33243"]}
    del document[without]
    with pytest.raises(ValidationError):
        RequestMessage.model_validate(document)


@pytest.mark.parametrize("given_id", ["r-1", "x" * 64, "~!", "a b"])
def test_a_message_id_names_the_request(given_id: str) -> None:
    assert given_request_id(given_id) == given_id


@pytest.mark.parametrize("unset", [None, ""])
def test_a_message_needs_no_id(unset: object) -> None:
    assert given_request_id(unset) is None


@pytest.mark.parametrize("bad", ["x" * 65, "a\nb", "\x1b[2J", "préfecture", " r-1", "r-1 ", b"\xff", 7])
def test_an_id_that_could_not_be_typed_or_shown_is_refused(bad: object) -> None:
    with pytest.raises(BadRequest) as refused:
        given_request_id(bad)
    assert refused.value.rejection is Rejection.ID_MALFORMED
