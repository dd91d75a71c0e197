"""What the aggregator's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.runtime.artefacts import ArtefactStore, FolderArtefactStore
from services.runtime.database import open_sqlite


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    engine = open_sqlite(tmp_path / "audit.db")
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> ArtefactStore:
    """An empty artefact store."""
    return FolderArtefactStore(tmp_path / "artefacts")
