"""What of a capture stands for the site."""

from pathlib import Path

from services.contracts.capture import Viewport
from services.runtime.artefacts import FolderArtefactStore
from tests.analyzer.fixtures import build_site


def test_a_page_shown_to_a_telephone_stands_for_the_site_only_where_there_is_no_other(tmp_path: Path) -> None:
    table = {
        "like": "home",
        "html": "<title>Commune de Saint-Exemple</title><p>Accueil</p>",
        "pages": [
            {"class": "contact", "viewports": ["mobile"], "html": "<p>Contact, mobile</p>"},
            {"class": "contact", "viewports": ["http"], "html": "<p>Contact</p>"},
            {"class": "news", "viewports": ["mobile"], "html": "<p>Actualités, mobile</p>"},
        ],
    }
    pages = build_site(table, FolderArtefactStore(tmp_path)).readable_pages
    seen = {page.capture.page_class.value: page.capture.viewport for page in pages}
    assert seen["contact"] is Viewport.HTTP
    assert seen["news"] is Viewport.MOBILE
    assert seen["home"] is Viewport.DESKTOP
