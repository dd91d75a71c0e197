"""Domains that sites link to and that no table knows."""

from pathlib import Path

from services.analyzer.demarches.unmatched import tally, unknown_domains
from services.runtime.artefacts import FolderArtefactStore
from tests.analyzer.fixtures import build_site

LINKS = """<title>Mairie de Saint-Exemple</title><h1>Mairie</h1>
<a href="https://portail.inconnu-logiciel.fr/saint-exemple">Portail famille</a>
<a href="https://autre.inconnu-logiciel.fr/">Autre</a>
<a href="https://www.facebook.com/saintexemple">Facebook</a>
<a href="https://www.payfip.gouv.fr/tpa/accueilportail.web">Payer</a>
<a href="https://www.service-public.fr/particuliers">Service-public</a>
<a href="https://saint-exemple.wixsite.com/site">Ancien site</a>
<a href="https://www.saint-exemple.fr/contact">Contact</a>
<a href="mailto:mairie@orange.fr">Courriel</a>
<a href="https://[mauvais/">Cassé</a>"""


def test_only_what_no_table_knows_is_told_once_a_domain(tmp_path: Path) -> None:
    site = build_site({"html": LINKS, "without": ["mentions", "contact"]}, FolderArtefactStore(tmp_path))
    found = unknown_domains(site)
    assert list(found) == ["inconnu-logiciel.fr"]
    assert found["inconnu-logiciel.fr"].url == "https://portail.inconnu-logiciel.fr/saint-exemple"
    assert found["inconnu-logiciel.fr"].label == "portail famille"


def test_domains_are_counted_by_sites_and_rare_ones_left_out(tmp_path: Path) -> None:
    site = build_site({"html": LINKS, "without": ["mentions", "contact"]}, FolderArtefactStore(tmp_path))
    one = unknown_domains(site)
    rare = {"rare.fr": next(iter(one.values()))}
    (entry,) = tally([one] * 7 + [rare], least=2)
    assert (entry.domain, entry.sites, len(entry.examples)) == ("inconnu-logiciel.fr", 7, 5)
