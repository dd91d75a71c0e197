"""The implementations that each port's behaviour suite runs against."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.runtime.artefacts import ArtefactStore
from services.runtime.database import open_sqlite
from services.runtime.store_settings import StoreSettings, open_store
from tests.servers.postgres import fresh_engine, postgres
from tests.servers.swift import S3Server, s3_server

__all__ = ["postgres", "s3_server"]


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtefactStore:
    """An empty artefact store of each kind."""
    if request.param == "folder":
        return open_store(StoreSettings(store_url=str(tmp_path / "artefacts")))
    server: S3Server = request.getfixturevalue("s3_server")
    return open_store(server.settings(server.new_bucket()))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind."""
    if request.param == "postgresql":
        with fresh_engine(request.getfixturevalue("postgres")) as engine:
            yield engine
        return
    engine = open_sqlite(tmp_path / "audit.db")
    yield engine
    engine.dispose()
