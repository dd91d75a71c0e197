"""A compressed body never becomes more than its bound."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.domain.decoding import BoundedDecoder, UndecodableBody


def bare_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(data) + squeeze.flush()


ENCODERS = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "X-Gzip": gzip.compress,
    "identity, gzip": gzip.compress,
    "deflate": zlib.compress,
}


def decode(coding: str, body: bytes, limit: int = 1000, chunk: int = 7) -> tuple[bytes, bool]:
    decoder = BoundedDecoder(coding, limit)
    for start in range(0, len(body), chunk):
        decoder.feed(body[start : start + chunk])
        if decoder.truncated:
            break
    return decoder.body, decoder.truncated


@given(st.sampled_from(sorted(ENCODERS)), st.binary(max_size=400), st.integers(1, 400), st.integers(1, 50))
def test_a_body_is_decoded_up_to_its_bound(coding: str, body: bytes, limit: int, chunk: int) -> None:
    assert decode(coding, ENCODERS[coding](body), limit, chunk) == (body[:limit], len(body) > limit)


def test_bare_deflate_is_read_too() -> None:
    assert decode("deflate", bare_deflate(b"Mairie de Sore" * 9)) == (b"Mairie de Sore" * 9, False)


def test_gzip_members_follow_one_another_and_rubbish_is_ignored() -> None:
    body = gzip.compress(b"a" * 50) + gzip.compress(b"b" * 50)
    assert decode("gzip", body + b"rubbish", chunk=4096) == (b"a" * 50 + b"b" * 50, False)


def test_a_bomb_stops_at_the_bound() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    body, truncated = decode("gzip", bomb, limit=100_000, chunk=65_536)
    assert (len(body), truncated) == (100_000, True)


def test_padding_that_decodes_to_nothing_is_bounded() -> None:
    assert decode("gzip", gzip.compress(b"") * 1000, limit=1000, chunk=4096) == (b"", True)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress"])
def test_a_coding_we_did_not_ask_for_is_refused(coding: str) -> None:
    with pytest.raises(UndecodableBody):
        BoundedDecoder(coding, 100)


@given(st.sampled_from(["gzip", "deflate"]), st.binary(max_size=60))
def test_a_body_that_lies_about_its_coding_is_refused_or_read(coding: str, body: bytes) -> None:
    try:
        decode(coding, body)
    except UndecodableBody:
        return
