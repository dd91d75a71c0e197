"""Certificates are judged strictly, and told apart by what is wrong with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.capture import TlsRecord
from services.contracts.errors import BadInput
from services.fetcher.adapters.egress import Egress
from services.fetcher.adapters.http import HttpClient
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.adapters.tls import TlsInspector
from services.fetcher.adapters.trust import Trust
from services.fetcher.domain.certificates import error_class, issuer_urls, read_certificate, read_intermediates
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.runtime.clock import FixedClock

CLOCK = FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
ISSUER_URL = "http://aia.test/intermediaire.crt"


@asynccontextmanager
async def inspector(authority: Any, *rules: str) -> AsyncIterator[TlsInspector]:
    egress = Egress(resolver=Resolver("127.0.0.1:9", question_seconds=0.2), rules=parse_connect_rules(rules))
    trust = Trust(authority.root_file)
    http = HttpClient(egress, trust, CLOCK, "test")
    yield TlsInspector(egress=egress, trust=trust, http=http, clock=CLOCK, handshake_seconds=0.5)
    await http.close()


async def judge(serve: Any, authority: Any, leaf: Any, *chain: Any, rules: tuple[str, ...] = ()) -> TlsRecord:
    async def idle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    served = await serve(idle, authority.context(leaf, *chain))
    async with inspector(authority, f"ville.test=127.0.0.1:{served.port}", *rules) as tls:
        record = await tls.inspect("ville.test", 443)
    assert record is not None
    return record


async def test_a_good_certificate_is_verified_and_described(serve: Any, authority: Any, make_certificate: Any) -> None:
    leaf = make_certificate("ville.test", "ville.test", "www.ville.test", "192.0.2.1", by=authority.intermediate)
    record = await judge(serve, authority, leaf, authority.intermediate)
    assert (record.handshake, record.verified, record.error, record.protocol) == (True, True, None, "TLSv1.3")
    assert record.subject == "CN=ville.test"
    assert record.issuer == "CN=Autorité intermédiaire"
    assert record.names == ("ville.test", "www.ville.test", "192.0.2.1")
    assert record.not_before == leaf.certificate.not_valid_before_utc
    assert record.not_after == leaf.certificate.not_valid_after_utc
    assert record.sha256 is not None
    assert len(record.sha256) == 64
    assert record.at == CLOCK.now()


@pytest.mark.parametrize(
    "error", ["expired", "not_yet_valid", "hostname_mismatch", "self_signed", "unknown_authority", "untrusted root"]
)
async def test_what_is_wrong_with_a_certificate_is_named(
    serve: Any, authority: Any, make_certificate: Any, error: str
) -> None:
    stranger = make_certificate("Inconnue", ca=True)
    leaf, chain = {
        "expired": (make_certificate("v", "ville.test", by=authority.root, days=(-20, -10)), ()),
        "not_yet_valid": (make_certificate("v", "ville.test", by=authority.root, days=(10, 20)), ()),
        "hostname_mismatch": (make_certificate("v", "autre.test", by=authority.root), ()),
        "self_signed": (make_certificate("v", "ville.test"), ()),
        "unknown_authority": (make_certificate("v", "ville.test", by=stranger), ()),
        "untrusted root": (make_certificate("v", "ville.test", by=stranger), (stranger,)),
    }[error]
    record = await judge(serve, authority, leaf, *chain)
    expected = "unknown_authority" if error == "untrusted root" else error
    assert (record.handshake, record.verified, record.error) == (True, False, expected)
    assert record.detail
    assert record.subject == "CN=v"


@pytest.mark.parametrize("form", ["der", "pem"])
async def test_a_forgotten_intermediate_is_fetched_as_browsers_do(
    serve: Any, authority: Any, make_certificate: Any, form: str
) -> None:
    body = getattr(authority.intermediate, form)
    issuer = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    leaf = make_certificate("v", "ville.test", by=authority.intermediate, issuer_url=ISSUER_URL)
    record = await judge(serve, authority, leaf, rules=(f"aia.test=127.0.0.1:{issuer.port}",))
    assert (record.verified, record.error) == (False, "incomplete_chain")
    assert issuer.requests[0].startswith(b"GET /intermediaire.crt ")


async def test_a_chain_that_is_incomplete_and_for_another_host_is_for_another_host(
    serve: Any, authority: Any, make_certificate: Any
) -> None:
    body = authority.intermediate.der
    issuer = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    leaf = make_certificate("v", "autre.test", by=authority.intermediate, issuer_url=ISSUER_URL)
    record = await judge(serve, authority, leaf, rules=(f"aia.test=127.0.0.1:{issuer.port}",))
    assert record.error == "hostname_mismatch"


@pytest.mark.parametrize("offered", ["root", "rubbish", "nothing", "stranger"])
async def test_no_fetched_certificate_becomes_an_anchor(
    serve: Any, authority: Any, make_certificate: Any, offered: str
) -> None:
    root = make_certificate("Pirate", ca=True)
    below = make_certificate("Pirate 2", by=root, ca=True)
    body = {"root": root.der, "rubbish": b"<html>", "nothing": b"", "stranger": below.der}[offered]
    issuer = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    signer = below if offered == "stranger" else root
    leaf = make_certificate("v", "ville.test", by=signer, issuer_url=ISSUER_URL)
    record = await judge(serve, authority, leaf, rules=(f"aia.test=127.0.0.1:{issuer.port}",))
    assert (record.verified, record.error) == (False, "unknown_authority")


async def test_an_issuer_inside_is_not_fetched(serve: Any, authority: Any, make_certificate: Any) -> None:
    inside = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    url = f"http://127.0.0.1:{inside.port}/x.crt"
    leaf = make_certificate("v", "ville.test", by=authority.intermediate, issuer_url=url)
    record = await judge(serve, authority, leaf)
    assert record.error == "unknown_authority"
    assert inside.connections == 0


async def test_a_closed_port_has_no_record(authority: Any, unused_port: int) -> None:
    async with inspector(authority, f"ville.test=127.0.0.1:{unused_port}") as tls:
        assert await tls.inspect("ville.test", 443) is None
        assert await tls.inspect("127.0.0.1", 443) is None
        assert await tls.inspect("a b", 443) is None


@pytest.mark.parametrize("speech", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", None])
async def test_a_port_without_tls_has_no_handshake(serve: Any, authority: Any, speech: bytes | None) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if speech is None:
            await reader.read()
        else:
            writer.write(speech)
            await writer.drain()

    served = await serve(answer)
    async with inspector(authority, f"ville.test=127.0.0.1:{served.port}") as tls:
        record = await tls.inspect("ville.test", 443)
    assert record is not None
    assert (record.handshake, record.verified, record.error) == (False, False, "other")


def test_openssl_codes_have_a_class() -> None:
    codes = {10: "expired", 9: "not_yet_valid", 18: "self_signed", 19: "unknown_authority", 20: "unknown_authority"}
    codes |= {21: "unknown_authority", 62: "hostname_mismatch", 64: "hostname_mismatch", 23: "revoked", 66: "other"}
    assert {code: error_class(code) for code in codes} == codes


@pytest.mark.parametrize("body", [b"", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_rubbish_is_no_certificate(body: bytes) -> None:
    assert read_certificate(body) is None
    assert issuer_urls(body) == ()
    assert read_intermediates(body) == ()


def test_an_unreadable_authority_file_is_bad_input(tmp_path: Any) -> None:
    (tmp_path / "x.pem").write_text("rubbish")
    for name in ("x.pem", "absent.pem"):
        with pytest.raises(BadInput, match="AUDIT_TRUSTED_CA"):
            Trust(tmp_path / name)
