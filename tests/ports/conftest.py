"""The implementations that each port's behaviour suite runs against."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.runtime.artefacts import ArtefactStore, FolderArtefactStore
from services.runtime.database import open_sqlite


@pytest.fixture(params=["folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtefactStore:
    """An empty artefact store of each kind."""
    assert request.param == "folder"
    return FolderArtefactStore(tmp_path / "artefacts")


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind."""
    assert request.param == "sqlite"
    engine = open_sqlite(tmp_path / "audit.db")
    yield engine
    engine.dispose()
