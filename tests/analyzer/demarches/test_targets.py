"""Where links of real town sites lead."""

import pytest

from services.analyzer.demarches.providers import all_providers, is_front_page, provider_of
from services.analyzer.demarches.targets import Destination, Target, destination
from services.contracts.authorities import Authority
from tests.analyzer.fixtures import AUTHORITY

SITE = "www.saint-exemple.fr"


def leads(url: str, **changes: object) -> Destination:
    return destination(url, Authority.model_validate(AUTHORITY | changes), SITE)


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://portail.berger-levrault.fr/MairieVilliersAdam95840/accueil", "berger_levrault"),
        ("https://www.rdv360.com/mairie-montastruc-la-conseillere-31380-montastruc-la-conseillere", "rdv360"),
        ("https://oisetroisforets.geosphere.fr/guichet-unique", "geosphere_cartads"),
        ("https://ads.dracenie.com/guichet-unique", "geosphere_cartads"),
        ("https://www.tipi.budget.gouv.fr/tpa/accueilportail.web", "payfip"),
        ("https://www.payfip.gouv.fr/tpa/paiementws.web", "payfip"),
        ("https://www.espace-citoyens.net/biarritz/espace-citoyens/Home/AccueilPublic", "arpege"),
        ("https://monespace.ivry94.fr/ivry94/espace-citoyens/", "arpege"),
        ("https://rendezvousonline.fr/alias/romorantin-lanthenay-41200-2", "citopia"),
        ("https://gnau13.operis.fr/intercauxvexin/gnau/#/", "operis_gnau"),
        ("https://logicielcantine.fr", "jdealise"),
        ("https://docs.google.com/forms/d/e/abc/viewform", "form_tools"),
        ("https://tally.so/r/abc", "form_tools"),
        ("https://www.spl-xdemat.fr/Xurba/gnau/", "xurba"),
    ],
)
def test_an_address_that_was_seen_on_a_town_site_names_its_provider(url: str, provider: str) -> None:
    found = provider_of(url)
    assert found is not None
    assert found.id == provider


@pytest.mark.parametrize(
    "url",
    [
        "https://commercants.localeo.fr/",
        "https://docs.google.com/document/d/abc",
        "https://notespace-citoyens.net/x",
        "https://www.facebook.com/saintexemple",
        "https://ads.google.com/",
        "mailto:mairie@saint-exemple.fr",
        "https://[::1",
    ],
)
def test_other_addresses_name_none(url: str) -> None:
    assert provider_of(url) is None


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://immatriculation.ants.gouv.fr/", Target.STATE),
        ("https://passeport.ants.gouv.fr/demarches-en-ligne/", Target.STATE),
        ("https://mdel.mon.service-public.fr", Target.STATE),
        ("https://www.service-public.gouv.fr/particuliers/vosdroits/R16396", Target.STATE),
        ("https://www.service-public.gouv.fr/particuliers/vosdroits/F1427", Target.EXTERNAL),
        ("https://www.demarches-simplifiees.fr/commencer/dossier-de-l-etat", Target.STATE),
        ("https://www.demarches-simplifiees.fr/commencer/mairie-saint-exemple-salle", Target.PLATFORM),
        ("https://www.saint-exemple.fr/service-public/?xml=F1427", Target.EXTERNAL),
        ("https://www.saint-exemple.fr/docs/Dossier.PDF?v=2", Target.DOWNLOAD),
        ("https://www.gouvernement.example/cerfa.pdf", Target.DOWNLOAD),
        ("https://www.saint-exemple.fr/urbanisme", Target.INFORMATION),
        ("https://demarches.saint-exemple.fr/", Target.PLATFORM),
        ("https://guichet.val-exemple.fr/", Target.PLATFORM),
        ("https://guichet.ailleurs.fr/", Target.EXTERNAL),
        ("mailto:mairie@saint-exemple.fr", Target.INFORMATION),
        ("tel:+33556000000", Target.INFORMATION),
        ("javascript:void(0)", Target.INFORMATION),
        ("#", Target.INFORMATION),
        ("https://forms.gle/abc", Target.FORM),
    ],
)
def test_an_address_has_a_type(url: str, target: Target) -> None:
    assert leads(url, epci_name="CC du Val Exemple").target is target


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://portail.berger-levrault.fr/MairieSaintExemple33480/accueil", True),
        ("https://portail.berger-levrault.fr/mairie33480/accueil", True),
        ("https://www.espace-citoyens.net/st-exemple/espace-citoyens/", True),
        ("https://www.espace-citoyens.net/valdexemple/espace-citoyens/", False),
        ("https://gnau13.operis.fr/valdexemple/gnau/", False),
        ("https://www.payfip.gouv.fr/", True),
        ("https://demarches.saint-exemple.fr/", True),
    ],
)
def test_a_platform_is_the_town_s_own_where_its_address_says_so(url: str, own: bool) -> None:
    assert leads(url).own is own


def test_an_intercommunality_owns_what_bears_the_telling_words_of_its_name() -> None:
    changes = {"code": "243300999", "kind": "epci", "name": "CC du Val d'Exemple", "nature": "CC"}
    assert leads("https://gnau13.operis.fr/val-d-exemple/gnau/", **changes).own
    assert not leads("https://gnau13.operis.fr/autre-pays/gnau/", **changes).own


def test_a_front_page_is_that_of_the_vendor() -> None:
    assert is_front_page("https://www.cosoluce.fr/")
    assert not is_front_page("https://saint-exemple.cosoluce.fr/")
    assert not is_front_page("https://www.cosoluce.fr/clients/saint-exemple")


def test_providers_have_names_that_people_know() -> None:
    assert all(provider.name and provider.name[0] != "(" for provider in all_providers())
    ids = [provider.id for provider in all_providers()]
    assert len(ids) == len(set(ids))
