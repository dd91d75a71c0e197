"""Loading a capture: whole, lost, corrupt, oversized and hostile artefacts."""

from pathlib import Path

import pytest

from services.analyzer.loading import load_site
from services.analyzer.page import MAX_HTML_CHARS
from services.analyzer.rules import evaluate
from services.contracts.artefacts import MediaType
from services.contracts.capture import PageClass, Viewport
from services.contracts.reasons import Reason
from services.contracts.verdicts import State
from services.runtime.artefacts import FolderArtefactStore
from tests.analyzer.fixtures import build_manifest


def _file(store: FolderArtefactStore, key: str) -> Path:
    return Path(store.location(key))


def test_a_capture_is_read_back_with_its_texts_links_and_requests(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    site = load_site(build_manifest({"requests": [{"url": "http://cdn.example/a.js"}]}, store), store)
    assert site.home is not None
    assert site.home.capture.viewport is Viewport.DESKTOP
    assert "bienvenue a saint-exemple" in site.home.text
    assert [request.url for request in site.home.requests][1:] == ["http://cdn.example/a.js"]
    assert any(link.url == "https://www.saint-exemple.fr/contact" for link in site.home.links)


@pytest.mark.parametrize("damage", ["lost", "corrupt"])
def test_a_damaged_page_is_unreadable_and_the_rest_is_not(damage: str, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    manifest = build_manifest({}, store)
    contact = next(page for page in manifest.pages if page.page_class is PageClass.CONTACT)
    assert contact.dom is not None
    path = _file(store, contact.dom.key)
    path.unlink() if damage == "lost" else path.write_bytes(b"not zstandard")

    site = load_site(manifest, store)

    assert site.page(PageClass.CONTACT) is None
    lost = next(page for page in site.pages if page.capture.page_class is PageClass.CONTACT)
    assert (lost.lost, lost.capture.failure) == (True, Reason.ARTEFACT_LOST)
    assert site.home is not None


def test_a_lost_home_page_leaves_the_site_undetermined(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    manifest = build_manifest({}, store)
    for page in manifest.pages:
        if page.page_class is PageClass.HOME and page.dom is not None:
            _file(store, page.dom.key).unlink(missing_ok=True)
    verdicts = {verdict.indicator: verdict for verdict in evaluate(load_site(manifest, store))}
    assert verdicts["has_functional_site"].state is State.UNDETERMINED
    assert verdicts["has_functional_site"].reasons == (Reason.ARTEFACT_LOST,)


def test_an_oversized_document_is_refused_by_its_stated_size(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    manifest = build_manifest({"viewports": ["desktop"]}, store)
    home = manifest.pages[0]
    assert home.dom is not None
    huge = home.dom.model_copy(update={"size": 4 * MAX_HTML_CHARS + 1})
    manifest = manifest.model_copy(update={"pages": (home.model_copy(update={"dom": huge}),)})
    assert load_site(manifest, store).pages[0].capture.failure is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "<div>" * 3_000,
        "<html><body>" + "\x00\ud7ff\ufffe" * 50,
        "<base href='http://['><a href='http://[::1'>x</a><a href='javascript:void(0)'>y</a>",
        "<title>" + "a" * 300_000,
        "saint-exemple " * 40_000,
    ],
)
def test_hostile_markup_gives_verdicts_all_the_same(html: str, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    verdicts = evaluate(load_site(build_manifest({"html": html}, store), store))
    assert all(verdict.rule for verdict in verdicts)


def test_a_damaged_request_log_is_no_request_log(tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    manifest = build_manifest({}, store)
    log = store.put(b"{not json", MediaType.JSON_LINES)
    pages = tuple(page.model_copy(update={"requests": log}) for page in manifest.pages)
    site = load_site(manifest.model_copy(update={"pages": pages}), store)
    assert site.home is not None
    assert site.home.requests == ()
