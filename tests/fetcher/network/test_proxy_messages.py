"""What the proxy reads and writes leaves no room for a second, hidden request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.domain.proxy_messages import (
    Forward,
    Rejected,
    ResponseHead,
    Tunnel,
    close_response,
    head_end,
    parse_request,
    refusal_head,
)


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "", ""]).encode("latin-1")


def test_a_plain_request_becomes_a_request_to_its_origin() -> None:
    head = request(
        "POST http://Ville.FR:8080/a?b=c#d HTTP/1.1",
        "Host: interne.local",
        "User-Agent: é",
        "Cookie: a=b",
        "Content-Length: 3",
        "Connection: keep-alive, X-Private",
        "X-Private: 1",
        "Keep-Alive: 5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic xxx",
    )
    parsed = parse_request(head)
    assert isinstance(parsed, Forward)
    assert (parsed.host, parsed.port, parsed.body_bytes) == ("ville.fr", 8080, 3)
    assert parsed.head.decode("latin-1").split("\r\n") == [
        "POST /a?b=c HTTP/1.1",
        "Host: ville.fr:8080",
        "User-Agent: é",
        "Cookie: a=b",
        "Content-Length: 3",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("target", "host", "line"),
    [
        ("http://a.fr", "a.fr", "GET / HTTP/1.1"),
        ("http://a.fr?x", "a.fr", "GET /?x HTTP/1.1"),
        ("http://a.fr//b//", "a.fr", "GET //b// HTTP/1.1"),
        ("HTTP://a.fr/[]|{}", "a.fr", "GET /[]|{} HTTP/1.1"),
        ("http://[2A01::1]/", "[2a01::1]", "GET / HTTP/1.1"),
    ],
)
def test_the_target_is_kept_as_it_is(target: str, host: str, line: str) -> None:
    parsed = parse_request(request(f"GET {target} HTTP/1.1"))
    assert isinstance(parsed, Forward)
    assert parsed.head.decode().split("\r\n")[:2] == [line, f"Host: {host}"]


@pytest.mark.parametrize(("target", "place"), [("a.fr:443", ("a.fr", 443)), ("[2a01::1]:443", ("2a01::1", 443))])
def test_connect_names_a_destination(target: str, place: tuple[str, int]) -> None:
    parsed = parse_request(request(f"CONNECT {target} HTTP/1.1", f"Host: {target}"))
    assert parsed == Tunnel(*place)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (request("GET / HTTP/1.1", "Host: a.fr"), 400),
        (request("GET https://a.fr/ HTTP/1.1"), 400),
        (request("GET ftp://a.fr/ HTTP/1.1"), 400),
        (request("GET file:///etc/passwd HTTP/1.1"), 400),
        (request("GET http://a.fr/ HTTP/2.0"), 400),
        (request("GET http://a.fr/"), 400),
        (request("GET  http://a.fr/ HTTP/1.1"), 400),
        (request("TRACE http://a.fr/ HTTP/1.1"), 400),
        (request("GET http://u:p@a.fr/ HTTP/1.1"), 400),
        (request("GET http://a.fr:99999/ HTTP/1.1"), 400),
        (request("GET http://a b.fr/ HTTP/1.1"), 400),
        (request("CONNECT a.fr HTTP/1.1"), 400),
        (request("CONNECT a.fr:443/x HTTP/1.1"), 400),
        (request("CONNECT u@a.fr:443 HTTP/1.1"), 400),
        (request("POST http://a.fr/ HTTP/1.1", "Content-Length: 1", "Content-Length: 2"), 400),
        (request("POST http://a.fr/ HTTP/1.1", "Content-Length: +1"), 400),
        (request("POST http://a.fr/ HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"), 400),
        (request("POST http://a.fr/ HTTP/1.1", "Transfer-Encoding : chunked"), 400),
        (request("POST http://a.fr/ HTTP/1.1", "Content-Length: 99999999999"), 403),
        (request("GET http://a.fr/ HTTP/1.1", "X: a", " folded: b"), 400),
        (request("GET http://a.fr/ HTTP/1.1", "X: a\nHost: b.fr"), 400),
        (request("GET http://a.fr/ HTTP/1.1", "X: a\x00b"), 400),
        (request("GET http://a.fr/ HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"), 403),
        (b"\x16\x03\x01\x02\x00\x01", 400),
        (b"", 400),
    ],
)
def test_what_is_ambiguous_or_not_for_the_web_is_refused(head: bytes, status: int) -> None:
    parsed = parse_request(head)
    assert isinstance(parsed, Rejected), parsed
    assert parsed.status == status


@given(st.binary(max_size=120))
def test_any_bytes_are_understood_or_refused(data: bytes) -> None:
    parsed = parse_request(data)
    if isinstance(parsed, Forward):
        # One head, one empty line: a server reads one request.
        assert head_end(parsed.head) == len(parsed.head)


def test_the_login_is_asked_for_and_recognised() -> None:
    bare, wrong = request("CONNECT a.fr:443 HTTP/1.1"), request("CONNECT a.fr:443 HTTP/1.1", "Proxy-Authorization: é")
    right = request("CONNECT a.fr:443 HTTP/1.1", "proxy-authorization: Basic dTpw")
    answers = [parse_request(head, "Basic dTpw") for head in (bare, wrong)]
    assert answers == [Rejected(407, "login")] * 2
    assert b"Proxy-Authenticate: Basic" in refusal_head(Rejected(407, "login"))
    assert parse_request(right, "Basic dTpw") == Tunnel("a.fr", 443)


@pytest.mark.parametrize(
    ("head", "passed"),
    [
        (b"HTTP/1.1 200\r\nConnection: close, X\r\nA: b\r\n\r\n", b"HTTP/1.1 200\r\nA: b\r\nConnection: close\r\n\r\n"),
        (b"HTTP/1.0 200\nKeep-Alive: 5\nA: b\n\n", b"HTTP/1.0 200\r\nA: b\r\nConnection: close\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Audit-Egress: timeout\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
        (b"HTTP/1.1 401 X\r\nProxy-Authenticate: Basic\r\n\r\n", b"HTTP/1.1 401 X\r\nConnection: close\r\n\r\n"),
        (b"<html>\r\n\r\n", b"<html>\r\n\r\n"),
        (b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"),
    ],
)  # fmt: skip
def test_an_answer_announces_the_end_of_the_connection(head: bytes, passed: bytes) -> None:
    assert close_response(head) == ResponseHead(passed)


def test_interim_answers_pass_and_a_change_of_protocol_does_not() -> None:
    assert close_response(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") == ResponseHead(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", interim=True
    )
    assert isinstance(close_response(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), Rejected)
    assert isinstance(close_response(b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic\r\n\r\n"), Rejected)
