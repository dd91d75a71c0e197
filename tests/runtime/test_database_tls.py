"""TLS to PostgreSQL: a setting, and with verify-full a proof of whom one talks to."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import URL, text

from services.contracts.errors import DatabaseUnavailable
from services.runtime.database import open_database
from tests.servers.postgres import SERVER_ACCOUNT, private_postgres, settings_for

NOW = datetime(2020, 1, 1, tzinfo=UTC)


def make_certificate(folder: Path, host: str) -> None:
    """Write a self-signed certificate and its key, readable by the server only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    file = folder / "server.key"
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    if os.geteuid() == 0:
        shutil.chown(file, SERVER_ACCOUNT)


@pytest.fixture(scope="module")
def secure() -> Iterator[tuple[URL, Path]]:
    """A server with a certificate for localhost, and the file of that certificate."""
    with private_postgres(prepare=lambda folder: make_certificate(folder, "localhost")) as server:
        yield server.url, server.folder / "server.crt"


def uses_tls(url: URL, **more: object) -> bool:
    engine = open_database(settings_for(url, **more))
    try:
        with engine.connect() as connection:
            query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            return bool(connection.scalar(text(query)))
    finally:
        engine.dispose()


def test_tls_is_a_setting(secure: tuple[URL, Path]) -> None:
    url, _ = secure
    assert [uses_tls(url, database_tls=mode) for mode in ("disable", "prefer", "require")] == [False, True, True]


def test_a_server_that_the_authority_vouches_for_is_trusted(secure: tuple[URL, Path]) -> None:
    url, authority = secure
    assert uses_tls(url.set(host="localhost"), database_tls="verify-full", database_tls_ca=authority)


def test_a_server_under_another_name_is_refused(secure: tuple[URL, Path]) -> None:
    url, authority = secure
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1"):
        uses_tls(url, database_tls="verify-full", database_tls_ca=authority)


def test_a_server_of_another_authority_is_refused(secure: tuple[URL, Path], tmp_path: Path) -> None:
    url, _ = secure
    make_certificate(tmp_path, "localhost")
    with pytest.raises(DatabaseUnavailable, match="certificate verify failed"):
        uses_tls(url.set(host="localhost"), database_tls="verify-full", database_tls_ca=tmp_path / "server.crt")


def test_a_server_without_tls_is_refused_when_tls_is_required(postgres: URL) -> None:
    with pytest.raises(DatabaseUnavailable, match="SSL"):
        uses_tls(postgres, database_tls="require")
