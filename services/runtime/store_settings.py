"""Where artefacts are stored, read from ``AUDIT_STORE_URL`` and ``AUDIT_S3_*``, and the store opened from it."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.contracts.errors import BadInput
from services.runtime.artefacts import ArtefactStore, FolderArtefactStore
from services.runtime.measured_store import MeasuredStore

_S3 = "s3://"


class StoreSettings(BaseSettings):
    """The artefact store. Every field can be set as ``AUDIT_<NAME>`` in the environment.

    No field is checked against another here: a pydantic error would quote all of them, secrets included.
    """

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    store_url: str = ""
    """A folder, or ``s3://bucket``. The bucket must exist."""
    s3_endpoint_url: str | None = None
    """Address of the S3 server, ``https://host:port``; the cloud's own when unset. HTTPS is always verified."""
    s3_region: str = "eu-west-1"
    """Region that requests are signed for. Most self-hosted servers have one, under a name of their own."""
    s3_access_key: SecretStr | None = None
    """Access key. Give either the two keys or the two files."""
    s3_secret_key: SecretStr | None = None
    """Secret key."""
    s3_access_key_file: Path | None = None
    """File that holds the access key, as container secrets are mounted."""
    s3_secret_key_file: Path | None = None
    """File that holds the secret key."""
    s3_ca_bundle: Path | None = None
    """PEM file of the authorities to trust instead of the usual ones, for a server with a private certificate."""
    s3_connect_timeout: float = Field(default=5.0, gt=0)
    """Seconds to wait for a connection."""
    s3_read_timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for the next bytes of an answer."""
    s3_max_attempts: int = Field(default=5, ge=1, le=10)
    """Tries of one request, the first included. Waits double, with jitter, up to 20 s."""
    s3_max_connections: int = Field(default=32, ge=1)
    """Connections kept open, shared by the threads of the process."""
    s3_checksums: Literal["when_required", "when_supported"] = "when_required"
    """Whether to add the CRC trailers of recent clients, which older servers refuse. SHA-256 is checked anyway."""


def open_store(settings: StoreSettings) -> ArtefactStore:
    """Return the store that the settings name, without calling it. Raises BadInput naming the variable."""
    url = settings.store_url
    if not url:
        raise BadInput("AUDIT_STORE_URL is not set: give a folder, or s3://bucket")
    if url.startswith(_S3):
        from services.runtime.s3 import S3ArtefactStore  # noqa: PLC0415  # boto3 is an extra that a folder needs not

        return MeasuredStore(S3ArtefactStore(_bucket(url), settings))
    if "://" in url:
        raise BadInput(f"AUDIT_STORE_URL={url!r}: give a folder, or s3://bucket")
    return MeasuredStore(FolderArtefactStore(Path(url)))


def credentials(settings: StoreSettings) -> tuple[str, str]:
    """Return the access key and the secret key. Raises BadInput naming what is missing, never a value."""
    access = _secret("S3_ACCESS_KEY", settings.s3_access_key, settings.s3_access_key_file)
    return access, _secret("S3_SECRET_KEY", settings.s3_secret_key, settings.s3_secret_key_file)


def _secret(name: str, value: SecretStr | None, file: Path | None) -> str:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        raise BadInput(f"AUDIT_{name} is not set, nor AUDIT_{name}_FILE: the S3 store needs credentials")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise BadInput(f"AUDIT_{name}_FILE={str(file)!r}: cannot be read: {reason}") from None


def _bucket(url: str) -> str:
    bucket = url.removeprefix(_S3).rstrip("/")
    if not bucket or set(bucket) & set("/?#@: "):
        # Not quoted: somebody may have put credentials in it.
        raise BadInput("AUDIT_STORE_URL: after s3:// give the name of a bucket and nothing else")
    return bucket
