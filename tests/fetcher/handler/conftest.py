"""A capture run over a web in memory."""

from pathlib import Path

import pytest

from services.contracts.capture import Manifest
from services.fetcher.handlers import FetchSiteHandler
from services.fetcher.settings import FetcherSettings
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import FixedClock
from tests.fetcher.handler.fakes import AT, Capture, FakeSite, command


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


@pytest.fixture
def store(tmp_path: Path) -> FolderArtefactStore:
    return FolderArtefactStore(tmp_path)


@pytest.fixture
def handler(site: FakeSite, store: FolderArtefactStore) -> FetchSiteHandler:
    settings = FetcherSettings(site_budget=5, attempt_interval=0, request_interval=0)
    return FetchSiteHandler(site, site, site, store, FixedClock(AT), settings, user_agent="test")


@pytest.fixture
def capture(handler: FetchSiteHandler, store: FolderArtefactStore) -> Capture:
    async def run(declared: str | None = "http://www.colombe.fr", attempt: int = 1) -> Manifest:
        answer = await handler(command(declared, attempt))
        return Manifest.model_validate_json(store.get_document(answer.manifest_key))

    return run
