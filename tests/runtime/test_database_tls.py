"""TLS to PostgreSQL: a setting, and with verify-full a proof of whom one talks to."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from services.contracts.errors import DatabaseUnavailable
from services.runtime.database import open_database
from tests.servers.certificates import CERTIFICATE, KEY, make_certificate
from tests.servers.postgres import SERVER_ACCOUNT, private_postgres, settings_for


def prepare(folder: Path) -> None:
    """Write the server's certificate and its key, which only the server's account may read."""
    make_certificate(folder, "localhost")
    if os.geteuid() == 0:
        shutil.chown(folder / KEY, SERVER_ACCOUNT)


@pytest.fixture(scope="module")
def secure() -> Iterator[tuple[URL, Path]]:
    """A server with a certificate for localhost, and the file of that certificate."""
    with private_postgres(prepare=prepare) as server:
        yield server.url, server.folder / CERTIFICATE


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
        uses_tls(url.set(host="localhost"), database_tls="verify-full", database_tls_ca=tmp_path / CERTIFICATE)


def test_a_server_without_tls_is_refused_when_tls_is_required(postgres: URL) -> None:
    with pytest.raises(DatabaseUnavailable, match="SSL"):
        uses_tls(postgres, database_tls="require")
