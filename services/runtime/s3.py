"""The artefact store on S3-compatible storage, over the subset that every server has.

Only put, get, head, list (v2) and delete, user metadata and ``If-None-Match: *``. What is captured is hostile:
every object is typed and disposed so that no browser pointed at the bucket would execute it.
"""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  # botocore's own, not the built-in
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from urllib3.exceptions import HTTPError

from services.contracts.artefacts import ArtefactRef, MediaType, is_compressed_at_rest, reference
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, AuditError, BadInput, StoreUnavailable
from services.runtime import artefacts
from services.runtime.artefacts import StoredItem, check, decode, encode
from services.runtime.store_settings import StoreSettings, credentials

_SHA256 = "sha256"
_REFRESH_AFTER = timedelta(days=1)
_UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "doesn't match")
"""How the HTTP client words a certificate of another authority, and one of another host."""
_RETRYABLE_STATUS = frozenset({408, 409, 425, 429})
_RETRYABLE_CODES = frozenset({"SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "Throttling"})


class S3ArtefactStore:
    """An artefact store in a bucket. One client, shared by every thread."""

    def __init__(self, bucket: str, settings: StoreSettings) -> None:
        self._bucket = bucket
        self._bucket_seen = False
        self._client = _client(settings)

    def probe(self) -> None:
        """Return when the bucket answers. Raises StoreUnavailable, or BadInput for a bad bucket or credentials."""
        self._call("head_bucket")
        self._bucket_seen = True

    def put(self, data: bytes, media_type: MediaType) -> ArtefactRef:
        """Store bytes under their content-addressed key."""
        if len(data) > artefacts.MAX_ARTEFACT_BYTES:
            raise BadInput(f"artefact of {len(data)} bytes: at most {artefacts.MAX_ARTEFACT_BYTES} are stored")
        ref = reference(data, media_type)
        stored = encode(data) if is_compressed_at_rest(media_type) else data
        try:
            self._put(ref.key, stored, ref.sha256, IfNoneMatch="*")
        except _AlreadyThereError:
            # Retention counts from the last time the bytes were wanted.
            if self._is_stale(ref.key, len(stored)):
                self._put(ref.key, stored, ref.sha256)
        return ref

    def put_document(self, key: str, data: bytes) -> None:
        """Store a document under a given key, replacing what was there in one step."""
        self._put(key, encode(data), reference(data, MediaType.JSON).sha256)

    def get(self, ref: ArtefactRef) -> bytes:
        """Return an artefact's bytes, checked against its SHA-256."""
        data, _ = self._read(ref.key)
        return check(ref, decode(data) if is_compressed_at_rest(ref.media_type) else data)

    def get_document(self, key: str) -> bytes:
        """Return a document's bytes, checked against the SHA-256 stored beside them."""
        stored, sha256 = self._read(key)
        data = decode(stored)
        if sha256 is not None and reference(data, MediaType.JSON).sha256 != sha256:
            raise ArtefactCorrupt(f"{key}: the stored bytes do not have SHA-256 {sha256}")
        return data

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        try:
            self._call("head_object", key)
        except ArtefactMissing:
            # A HEAD has no body: an absent key and an absent bucket look the same.
            if not self._bucket_seen:
                self.probe()
            return False
        return True

    def location(self, key: str) -> str:
        """Return the S3 URL of the stored bytes."""
        return f"s3://{self._bucket}/{key}"

    def list(self, prefix: str) -> Iterator[StoredItem]:
        """Return what is stored under a prefix, in key order, one page of the listing at a time."""
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Prefix=prefix, **token)
            for item in page.get("Contents", ()):
                yield StoredItem(key=item["Key"], size=item["Size"], modified=item["LastModified"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str) -> None:
        """Delete what is stored under a key; nothing happens when there is nothing."""
        try:
            self._call("delete_object", key)
        except ArtefactMissing:
            return

    def _put(self, key: str, stored: bytes, sha256: str, **condition: str) -> None:
        self._call(
            "put_object",
            key,
            Body=stored,
            ContentType="application/octet-stream",
            ContentDisposition="attachment",
            Metadata={_SHA256: sha256},
            **condition,
        )

    def _is_stale(self, key: str, size: int) -> bool:
        """Whether the stored object is not of this size (cut short), or was last stored long ago."""
        try:
            head = self._call("head_object", key)
        except ArtefactMissing:
            return True
        now: datetime = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        modified: datetime = head["LastModified"]
        return head["ContentLength"] != size or now - modified > _REFRESH_AFTER

    def _read(self, key: str) -> tuple[bytes, str | None]:
        """Return the stored bytes and their declared SHA-256, never holding more than an artefact may weigh."""
        # What cannot be compressed grows a little.
        most = artefacts.MAX_ARTEFACT_BYTES + artefacts.MAX_ARTEFACT_BYTES // 100 + 1024
        answer = self._call("get_object", key)
        length: int = answer["ContentLength"]
        with closing(answer["Body"]) as body:
            if length > most:
                raise ArtefactCorrupt(f"{key}: {length} bytes are stored, more than any artefact has")
            try:
                data: bytes = body.read(length)
            except (BotoCoreError, HTTPError, OSError) as error:
                raise StoreUnavailable(f"{key}: the store stopped in the middle of its answer") from error
        if len(data) != length:
            raise StoreUnavailable(f"{key}: the store sent {len(data)} bytes of {length}")
        return data, answer.get("Metadata", {}).get(_SHA256)

    def _call(self, operation: str, key: str | None = None, **parameters: object) -> Any:  # noqa: ANN401  # untyped
        """Call the server. Raises an AuditError, classified here and nowhere else."""
        if key is not None:
            parameters["Key"] = _checked(key)
        try:
            return getattr(self._client, operation)(Bucket=self._bucket, **parameters)
        except ClientError as error:
            raise refusal(error, key, self._bucket) from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise failure(error, key or self._bucket) from error


class _AlreadyThereError(AuditError):
    """A conditional put found that the key is taken."""


def refusal(error: ClientError, key: str | None, bucket: str) -> AuditError:
    """Return the error for an answer that refuses the request."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(error.response.get("Error", {}).get("Code", ""))
    where = key or bucket
    if status == 412:
        return _AlreadyThereError(f"{where}: already in the artefact store")
    if (status >= 500 and status != 501) or status in _RETRYABLE_STATUS or code in _RETRYABLE_CODES:
        return StoreUnavailable(f"{where}: the artefact store answers {status} {code}".rstrip())
    if code == "NoSuchBucket" or (status == 404 and key is None):
        return BadInput(f"AUDIT_STORE_URL: there is no bucket {bucket!r} on this server")
    if status == 404:
        return ArtefactMissing(f"{where}: not in the artefact store")
    if status in {401, 403}:
        return BadInput(f"AUDIT_S3_ACCESS_KEY, AUDIT_S3_SECRET_KEY: refused for bucket {bucket!r} ({code})")
    return BadInput(f"AUDIT_STORE_URL, AUDIT_S3_*: {where}: the S3 server refuses the request ({status} {code})")


def failure(error: Exception, where: str) -> AuditError:
    """Return the error for a request that got no answer."""
    if any(words in str(error) for words in _UNTRUSTED):
        return BadInput("AUDIT_S3_CA_BUNDLE: the certificate of the S3 server is not trusted")
    unanswered = (ConnectionError, HTTPClientError, ResponseStreamingError, IncompleteReadError, HTTPError, OSError)
    if isinstance(error, unanswered):
        return StoreUnavailable(f"{where}: the artefact store does not answer ({type(error).__name__})")
    return BadInput(f"AUDIT_STORE_URL, AUDIT_S3_*: {where}: {error}")


def _checked(key: str) -> str:
    if any(part in {"", ".", ".."} for part in key.split("/")):
        raise BadInput(f"artefact key {key!r} leaves the store")
    return key


def _client(settings: StoreSettings) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
    # At debug level these log signatures and whole requests.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    bundle = settings.s3_ca_bundle
    if bundle is not None and not bundle.is_file():
        raise BadInput(f"AUDIT_S3_CA_BUNDLE={str(bundle)!r}: there is no such file")
    access_key, secret_key = credentials(settings)
    config = Config(
        connect_timeout=settings.s3_connect_timeout,
        read_timeout=settings.s3_read_timeout,
        retries={"mode": "standard", "total_max_attempts": settings.s3_max_attempts},
        max_pool_connections=settings.s3_max_connections,
        request_checksum_calculation=settings.s3_checksums,
        response_checksum_validation=settings.s3_checksums,
        s3={"addressing_style": "path"},
        # A tenth of a request's processor time goes into these two, and both come out the same every time.
        user_agent="commune-audit",
        parameter_validation=False,
    )
    try:
        client = boto3.Session().client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            verify=str(bundle) if bundle else True,
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise BadInput(f"AUDIT_S3_*: {error}") from error
    client.meta.events.register("before-call.s3", _never_redirect)
    return client


def _never_redirect(params: dict[str, Any], **_: object) -> None:
    """Keep botocore from looking for the bucket elsewhere: a proxy that answers 301 to all makes it recurse."""
    params["context"].setdefault("s3_redirect", {})["redirected"] = True
