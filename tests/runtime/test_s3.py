"""The S3 store: what it asks of the server, and what it makes of a server that fails."""

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.contracts.artefacts import MediaType, reference
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, AuditError, BadInput, StoreUnavailable
from services.runtime import artefacts
from services.runtime.artefacts import ArtefactStore, encode
from services.runtime.settings import read_settings
from services.runtime.store_settings import StoreSettings, open_store
from services.simulator.certificates import CertificateAuthority
from services.simulator.features import CertificateKind
from tests.servers.s3_stub import Reply, Stub, refused, stub
from tests.servers.swift import S3Server, SwiftServer, private_swift, s3_server

__all__ = ["s3_server"]

SECRET = "s3cr3t-that-nobody-may-read"
PAGE = b"<script>alert(1)</script>"


def store_on(server: Stub, **changes: Any) -> ArtefactStore:
    """Return a store that talks to the stub and does not insist."""
    values: dict[str, Any] = {
        "store_url": "s3://bucket",
        "s3_endpoint_url": f"http://127.0.0.1:{server.port}",
        "s3_access_key": "access",
        "s3_secret_key": SECRET,
        "s3_max_attempts": 1,
        "s3_read_timeout": 5,
    }
    return open_store(StoreSettings(**(values | changes)))


@pytest.fixture
def bucket(s3_server: S3Server) -> str:
    return s3_server.new_bucket()


@pytest.fixture
def store(s3_server: S3Server, bucket: str) -> ArtefactStore:
    return open_store(s3_server.settings(bucket))


@pytest.mark.parametrize("media_type", MediaType)
def test_a_browser_of_the_bucket_never_executes_a_captured_page(
    s3_server: S3Server, bucket: str, store: ArtefactStore, media_type: MediaType
) -> None:
    ref = store.put(PAGE, media_type)
    store.put_document("evidence/c/33063/1/manifest.json.zst", PAGE)
    for item in store.list(""):
        head = s3_server.client.head_object(Bucket=bucket, Key=item.key)
        assert head["ContentType"] == "application/octet-stream"
        assert head["ContentDisposition"] == "attachment"
        assert head["Metadata"] == {"sha256": ref.sha256}


def test_the_same_bytes_are_not_sent_to_rest_twice(s3_server: S3Server, bucket: str, store: ArtefactStore) -> None:
    ref = store.put(PAGE, MediaType.HTML)
    s3_server.client.copy_object(
        Bucket=bucket,
        Key=ref.key,
        CopySource={"Bucket": bucket, "Key": ref.key},
        MetadataDirective="REPLACE",
        Metadata={"mark": "first"},
    )
    assert store.put(PAGE, MediaType.HTML) == ref
    assert s3_server.client.head_object(Bucket=bucket, Key=ref.key)["Metadata"] == {"mark": "first"}


def test_an_object_that_was_cut_short_is_replaced(s3_server: S3Server, bucket: str, store: ArtefactStore) -> None:
    ref = store.put(PAGE, MediaType.HTML)
    s3_server.client.put_object(Bucket=bucket, Key=ref.key, Body=encode(PAGE)[:-3])
    with pytest.raises(ArtefactCorrupt):
        store.get(ref)
    store.put(PAGE, MediaType.HTML)
    assert store.get(ref) == PAGE


def test_a_document_that_changed_at_rest_is_refused(s3_server: S3Server, bucket: str, store: ArtefactStore) -> None:
    store.put_document("evidence/x.json.zst", b'{"state": "no"}')
    metadata = s3_server.client.head_object(Bucket=bucket, Key="evidence/x.json.zst")["Metadata"]
    changed = encode(b'{"state": "yes"}')
    s3_server.client.put_object(Bucket=bucket, Key="evidence/x.json.zst", Body=changed, Metadata=metadata)
    with pytest.raises(ArtefactCorrupt, match="SHA-256"):
        store.get_document("evidence/x.json.zst")


def test_more_than_an_artefact_can_weigh_is_never_read(store: ArtefactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = store.put(bytes(range(256)) * 20, MediaType.JPEG)
    monkeypatch.setattr(artefacts, "MAX_ARTEFACT_BYTES", 1000)
    with pytest.raises(ArtefactCorrupt, match="5120 bytes"):
        store.get(ref)


def test_an_absent_bucket_is_bad_input_for_every_operation(s3_server: S3Server) -> None:
    ref = reference(PAGE, MediaType.HTML)
    operations: list[Callable[[ArtefactStore], object]] = [
        lambda store: store.put(PAGE, MediaType.HTML),
        lambda store: store.put_document("evidence/x", b"{}"),
        lambda store: store.get(ref),
        lambda store: store.exists(ref.key),
        lambda store: list(store.list("")),
        lambda store: store.delete(ref.key),
        lambda store: store.probe(),
    ]
    store = open_store(s3_server.settings("absent-bucket"))
    for operation in operations:
        with pytest.raises(BadInput, match="no bucket 'absent-bucket'"):
            operation(store)


@pytest.mark.parametrize("changes", [{"s3_access_key": "test:nobody"}, {"s3_secret_key": "wrong"}])
def test_wrong_credentials_are_bad_input(s3_server: S3Server, bucket: str, changes: dict[str, str]) -> None:
    store = open_store(s3_server.settings(bucket, **changes))
    with pytest.raises(BadInput, match="AUDIT_S3_ACCESS_KEY, AUDIT_S3_SECRET_KEY: refused"):
        store.put(PAGE, MediaType.HTML)
    with pytest.raises(BadInput, match="refused"):
        store.exists("raw/x")


@pytest.fixture
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    """A Swift that the test may take down."""
    server = private_swift(tmp_path_factory)
    yield server
    server.remove()


def test_the_store_goes_on_when_its_server_comes_back(swift: SwiftServer) -> None:
    store = open_store(swift.settings(swift.new_bucket(), s3_max_attempts=1))
    ref = store.put(PAGE, MediaType.HTML)
    swift.stop()
    for _ in range(2):
        with pytest.raises(StoreUnavailable) as caught:
            store.get(ref)
        assert caught.value.retryable
    with pytest.raises(StoreUnavailable):
        store.put(b"during", MediaType.TEXT)
    swift.start()
    assert store.get(ref) == PAGE
    assert store.get(store.put(b"during", MediaType.TEXT)) == b"during"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (500, "InternalError", StoreUnavailable),
        (502, "", StoreUnavailable),
        (503, "SlowDown", StoreUnavailable),
        (503, "ServiceUnavailable", StoreUnavailable),
        (429, "TooManyRequests", StoreUnavailable),
        (409, "ConditionalRequestConflict", StoreUnavailable),
        (400, "RequestTimeout", StoreUnavailable),
        (404, "NoSuchKey", ArtefactMissing),
        (404, "NoSuchBucket", BadInput),
        (401, "Unauthorized", BadInput),
        (403, "AccessDenied", BadInput),
        (403, "InvalidAccessKeyId", BadInput),
        (403, "SignatureDoesNotMatch", BadInput),
        (400, "AuthorizationHeaderMalformed", BadInput),
        (301, "PermanentRedirect", BadInput),
        (307, "", BadInput),
        (501, "NotImplemented", BadInput),
    ],
)
def test_an_answer_that_refuses_is_classified_once(status: int, code: str, expected: type[AuditError]) -> None:
    with stub(refused(status, code)) as server, pytest.raises(AuditError) as caught:
        store_on(server).get(reference(PAGE, MediaType.HTML))
    assert type(caught.value) is expected
    assert caught.value.retryable is (expected is StoreUnavailable)


def test_a_server_that_is_busy_for_a_while_is_asked_again() -> None:
    with stub(refused(503, "SlowDown"), refused(500, "InternalError"), Reply()) as server:
        ref = store_on(server, s3_max_attempts=3).put(PAGE, MediaType.HTML)
        assert [request.method for request in server.requests] == ["PUT"] * 3
    assert ref == reference(PAGE, MediaType.HTML)


def test_a_server_that_stays_busy_is_asked_a_bounded_number_of_times() -> None:
    with stub(refused(503, "SlowDown")) as server:
        with pytest.raises(StoreUnavailable, match="503 SlowDown"):
            store_on(server, s3_max_attempts=2).put(PAGE, MediaType.HTML)
        assert len(server.requests) == 2


def test_a_refused_connection_is_retryable() -> None:
    with stub(Reply()) as server:
        store = store_on(server)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.put(PAGE, MediaType.HTML)


def test_a_silent_server_is_given_up_after_the_time_out() -> None:
    with stub(Reply(wait=30)) as server:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="ReadTimeout"):
            store_on(server, s3_read_timeout=0.2).get(reference(PAGE, MediaType.HTML))
        assert time.monotonic() - began < 5


def test_an_answer_that_stops_in_the_middle_is_not_a_corrupt_artefact() -> None:
    body = encode(PAGE)
    with stub(Reply(body=body[:10], promised=len(body))) as server, pytest.raises(StoreUnavailable):
        store_on(server).get(reference(PAGE, MediaType.HTML))


def test_a_put_whose_key_is_taken_refreshes_only_what_is_old() -> None:
    now = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    for age, methods in ((timedelta(hours=1), ["PUT", "HEAD"]), (timedelta(days=2), ["PUT", "HEAD", "PUT"])):
        dates = {"Last-Modified": _http(now - age), "Content-Length": str(len(encode(PAGE)))}
        with stub(refused(412, "PreconditionFailed"), Reply(headers=dates), Reply()) as server:
            server.date = _http(now)
            assert store_on(server).put(PAGE, MediaType.HTML) == reference(PAGE, MediaType.HTML)
            assert [request.method for request in server.requests] == methods
            conditions = [request.headers.get("if-none-match") for request in server.requests]
            assert conditions[0] == "*"
            assert set(conditions[1:]) == {None}


def test_no_checksum_trailer_is_sent_unless_asked_for() -> None:
    for mode, expected in (("when_required", False), ("when_supported", True)):
        with stub(Reply()) as server:
            store_on(server, s3_checksums=mode).put(PAGE, MediaType.HTML)
            assert any("x-amz-checksum" in name for name in server.requests[0].headers) is expected


def test_requests_are_path_style_and_signed_for_the_region() -> None:
    with stub(Reply()) as server:
        store_on(server, s3_region="garage").put_document("reports/c/a b.json", b"{}")
        request = server.requests[0]
    assert request.path == "/bucket/reports/c/a%20b.json"
    assert "/garage/s3/aws4_request" in request.headers["authorization"]


def test_a_certificate_is_trusted_only_through_the_bundle(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "site.pem").write_bytes(authority.issue(["localhost"], CertificateKind.VALID))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "site.pem")
    with stub(Reply(), tls=context) as server:
        endpoint = f"https://localhost:{server.port}"
        with pytest.raises(BadInput, match="AUDIT_S3_CA_BUNDLE: the certificate"):
            store_on(server, s3_endpoint_url=endpoint).probe()
        store_on(server, s3_endpoint_url=endpoint, s3_ca_bundle=tmp_path / "ca.pem").probe()


def test_a_secret_is_never_logged_nor_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    errors = []
    for reply in (Reply(), refused(403, "SignatureDoesNotMatch"), refused(503, "SlowDown")):
        with stub(reply) as server:
            store = store_on(server)
            try:
                store.put(PAGE, MediaType.HTML)
            except AuditError as error:
                errors.append(repr(error) + repr(error.__cause__))
            authorization = server.requests[0].headers["authorization"]
        assert authorization.rpartition("=")[2] not in caplog.text
    assert len(errors) == 2
    settings = StoreSettings(store_url="s3://b", s3_secret_key=SecretStr(SECRET))
    for text in (caplog.text, repr(settings), settings.model_dump_json(), repr(store), *errors):
        assert SECRET not in text


def test_a_bad_setting_beside_a_secret_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_S3_SECRET_KEY", SECRET)
    monkeypatch.setenv("AUDIT_S3_MAX_ATTEMPTS", "many")
    with pytest.raises(BadInput, match="AUDIT_S3_MAX_ATTEMPTS='many'") as caught:
        read_settings(StoreSettings)
    assert SECRET not in str(caught.value)


def test_credentials_may_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "access").write_text("from-file\n")
    (tmp_path / "secret").write_text("hidden\n")
    files = {"s3_access_key_file": tmp_path / "access", "s3_secret_key_file": tmp_path / "secret"}
    with stub(Reply()) as server:
        store_on(server, s3_access_key=None, s3_secret_key=None, **files).probe()
        assert "Credential=from-file/" in server.requests[0].headers["authorization"]


def test_a_folder_needs_no_credentials(tmp_path: Path) -> None:
    store = open_store(StoreSettings(store_url=str(tmp_path / "artefacts")))
    assert store.location("a/b") == str(tmp_path / "artefacts" / "a" / "b")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"store_url": ""}, "AUDIT_STORE_URL is not set"),
        ({"store_url": "https://s3.example/bucket"}, "AUDIT_STORE_URL='https://s3.example/bucket'"),
        ({"store_url": "s3://"}, "name of a bucket"),
        ({"store_url": "s3://bucket/prefix"}, "name of a bucket"),
        ({"s3_access_key": None}, "AUDIT_S3_ACCESS_KEY is not set"),
        ({"s3_secret_key": None}, "AUDIT_S3_SECRET_KEY is not set"),
        ({"s3_secret_key": None, "s3_secret_key_file": "absent.txt"}, "AUDIT_S3_SECRET_KEY_FILE='absent.txt'"),
        ({"s3_ca_bundle": "absent.pem"}, "AUDIT_S3_CA_BUNDLE='absent.pem'"),
        ({"s3_endpoint_url": "not an address"}, "AUDIT_S3_"),
    ],
)
def test_a_store_that_cannot_be_opened_says_which_variable(changes: dict[str, Any], message: str) -> None:
    values = {"store_url": "s3://bucket", "s3_access_key": "a", "s3_secret_key": SECRET} | changes
    with pytest.raises(BadInput, match=message) as caught:
        open_store(StoreSettings(**values))
    assert SECRET not in str(caught.value)


def _http(at: datetime) -> str:
    return at.strftime("%a, %d %b %Y %H:%M:%S GMT")
