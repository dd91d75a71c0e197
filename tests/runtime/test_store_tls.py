"""TLS to the artefact store, on Swift behind a TLS front: a setting, and a proof of whom one talks to."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.artefacts import MediaType
from services.contracts.errors import BadInput
from services.runtime.artefacts import ArtefactStore
from services.runtime.store_settings import open_store
from tests.servers.certificates import CERTIFICATE, KEY, make_certificate
from tests.servers.front import Front, in_front_of
from tests.servers.swift import S3Server, s3_server

__all__ = ["s3_server"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_certificate(tmp_path, "localhost")
    return tmp_path


@pytest.fixture
def secure(s3_server: S3Server, folder: Path) -> Iterator[Front]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    with in_front_of(s3_server.endpoint, tls=context) as front:
        yield front


def store_at(server: S3Server, front: Front, host: str, bundle: Path | None) -> ArtefactStore:
    endpoint = f"https://{host}:{front.port}"
    return open_store(
        server.settings(server.new_bucket(), s3_endpoint_url=endpoint, s3_ca_bundle=bundle, s3_max_attempts=1)
    )


def test_artefacts_pass_over_tls_where_the_authority_vouches_for_the_server(
    s3_server: S3Server, secure: Front, folder: Path
) -> None:
    store = store_at(s3_server, secure, "localhost", folder / CERTIFICATE)
    store.probe()
    ref = store.put(b"<p>bonjour</p>", MediaType.HTML)
    assert store.get(ref) == b"<p>bonjour</p>"
    assert [item.key for item in store.list("")] == [ref.key]


@pytest.mark.parametrize("case", ["the system's authorities", "another authority", "another host"])
def test_a_server_that_nobody_vouches_for_is_refused_with_the_setting(
    s3_server: S3Server, secure: Front, folder: Path, tmp_path_factory: pytest.TempPathFactory, case: str
) -> None:
    other = tmp_path_factory.mktemp("other")
    make_certificate(other, "localhost")
    host, bundle = {
        "the system's authorities": ("localhost", None),
        "another authority": ("localhost", other / CERTIFICATE),
        "another host": ("127.0.0.1", folder / CERTIFICATE),
    }[case]
    with pytest.raises(BadInput, match="AUDIT_S3_CA_BUNDLE: the certificate of the S3 server is not trusted"):
        store_at(s3_server, secure, host, bundle).probe()
