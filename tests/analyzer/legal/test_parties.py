"""Whom legal notices name: wording met on real sites, with invented names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.legal.names import Role
from services.analyzer.legal.parties import WINDOW, Party, find_party, implied_editor
from services.analyzer.lines import lines_of
from services.analyzer.page import Document

_TOWN_HALL = "05 56 00 00 00"


def _party(html: str, role: Role, *, legal: bool = True) -> Party | None:
    lines = lines_of(Document(html, url="https://exemple.fr/", ref=None))
    return find_party(lines, role, legal=legal, town_hall_phone=_TOWN_HALL)


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<p>Hébergeur : Nuage Clair</p>", "Nuage Clair"),
        ("<p>Hébergeur, Nuage Clair, 99200 Bellerive</p>", "Nuage Clair"),
        ("<p>→ Hébergeur</p><p>NUAGE CLAIR</p>", "NUAGE CLAIR"),
        ("<h2>Hébergement</h2><p>&nbsp;</p><p>Nuage Clair</p>", "Nuage Clair"),
        ("<h2>Hébergement et sécurité</h2><p>Nuage Clair</p>", "Nuage Clair"),
        ("<p>Site réalisé par Studio Lune et hébergé par Nuage Clair</p>", "Nuage Clair"),
        ("<p>Ce site est hébergé sur les serveurs de la société Nuage Clair, en France</p>", "Nuage Clair"),
        ("<p>Nos serveurs sont hébergés chez Nuage Clair (Bellerive).</p>", "Nuage Clair"),
        ("<p>L'hébergement est assuré par la société CLAIR NUAGE, RCS 123 456 789</p>", "CLAIR NUAGE"),
        ("<p>Hébergement : Conseil départemental de l'Exemple</p>", "Conseil départemental de l'Exemple"),
        ("<p>Hébergement du site : Syndicat mixte Exemple (SMNE)</p>", "Syndicat mixte Exemple"),
        ("<p>Hébergeur : « Nuage Clair » - 12, rue Basse</p>", "Nuage Clair"),
        ("<h2>Éditeur et hébergeur</h2><p>Nuage Clair</p>", "Nuage Clair"),
        ("<p>WordPress. Hébergement mutualisé OVH.</p>", "OVH"),
        ("<p>hébergement : ovh</p>", "ovh"),
        ("<p>Hébergement web :</p><p>https://nuage.example</p>", "https://nuage.example"),
        ("<p>O2switch (hébergeur)</p>", "O2switch"),
        ("<p>Web hosting: Cloud Inc., Walnut</p>", "Cloud Inc"),
        ("<p>Hébergement : 1&amp;1 IONOS SARL, 7 place de la Gare</p>", "1&1 IONOS SARL"),
    ],
)
def test_a_host_is_recognised_by_structure(html: str, name: str) -> None:
    party = _party(html, Role.HOST)

    assert party is not None
    assert party.name == name


@pytest.mark.parametrize(
    "html",
    [
        "<p>Ce site est hébergé en France.</p>",
        "<p>Hébergement mutualisé chez un prestataire français</p>",
        "<p>Hébergement : sécurisé</p>",
        "<p>Hébergement sécurisé. Tous droits réservés.</p>",
        "<p>L'hébergeur ne saurait être tenu pour responsable.</p>",
        "<p>Hébergeur : [Nom de l'hébergeur]</p>",
        "<p>Hébergeur : à compléter</p>",
        "<p>Hébergeur :</p><h2>Propriété intellectuelle</h2><p>Code de la propriété intellectuelle</p>",
        "<p>Nom de domaine : Gandi</p>",
        "<p>Hébergements : Gîte des Lilas</p>",
        "<p>Hébergement touristique : Gîte des Lilas</p>",
        "<p>Hébergement d'urgence : Croix-Rouge</p>",
        "<p>Hébergement et restauration : Auberge du Lac</p>",
        "<p>Capacité d'hébergement : Gîte de 12 places</p>",
        "<a href=x>Hébergement</a><p>Auberge du Lac</p>",
    ],
)
def test_lodging_generalities_and_blanks_name_no_host(html: str) -> None:
    assert _party(html, Role.HOST) is None


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<footer>© Mairie – Conception : Studio Lune – Hébergement : Nuage Clair</footer>", True),
        ("<footer>Hébergement : OVH</footer>", True),
        ("<p>Hébergeur du site : Nuage Clair</p>", True),
        ("<h2>Hébergement</h2><p>Camping du Lac</p>", False),
        ("<p>Le club est hébergé par la Commune</p>", False),
    ],
)
def test_outside_a_legal_page_the_wording_must_be_that_of_a_site(html: str, found: bool) -> None:
    assert (_party(html, Role.HOST, legal=False) is not None) is found


@pytest.mark.parametrize(
    ("html", "address", "phone"),
    [
        ("<p>Hébergeur : Nuage Clair<br>12 rue Basse<br>99200 Bellerive<br>05 99 00 11 22</p>", True, True),
        ("<dl><dt>Hébergeur</dt><dd>Nuage Clair</dd><dt>Adresse</dt><dd>12 rue Basse</dd></dl>", True, False),
        ("<h3>Hébergeur</h3><p>Nuage Clair</p><h4>Téléphone</h4><p>05 99 00 11 22</p>", False, True),
        ("<p>Hébergeur : Nuage Clair<br>Mairie d'Exemple, 1 place Haute, 05 99 00 11 22</p>", False, False),
        ("<p>Hébergeur : Nuage Clair, mairie : 1 place Haute, 05 99 00 11 22</p>", False, False),
        ("<p>Hébergeur : Nuage Clair</p><footer>1 place Haute, 33480 Exemple, 05 99 00 11 22</footer>", False, False),
        ("<p>Hébergeur : Nuage Clair</p><h2>Nous trouver</h2><p>1 place Haute, 05 99 00 11 22</p>", False, False),
        (f"<p>Hébergeur : Nuage Clair. Renseignements : {_TOWN_HALL}</p>", False, False),
        (f"<p>Site hébergé par la mairie</p><p>1 place Haute, 33480 Exemple, {_TOWN_HALL}</p>", True, True),
    ],
)
def test_the_address_and_number_of_another_are_not_the_host_s(html: str, address: bool, phone: bool) -> None:
    party = _party(html, Role.HOST)

    assert party is not None
    assert (party.address is not None, party.phone is not None) == (address, phone)


@given(st.integers(0, 700))
def test_the_number_counts_only_within_the_window(distance: int) -> None:
    text = f": nuage clair,{' un' * (distance // 3)} tel. 05 99 00 11 22"
    party = _party(f"<p>Hébergeur {text.replace('nuage clair', 'Nuage Clair')}</p>", Role.HOST)

    assert party is not None
    assert (party.phone is not None) == (len(text) <= WINDOW)


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<p>Directeur de la publication : Monsieur le Maire.</p>", "Monsieur le Maire"),
        ("<p>Directrice de publication – Anne Exemple</p>", "Anne Exemple"),
        ("<p>Le directeur de la publication est M. Paul Exemple, maire.</p>", "M. Paul Exemple"),
        ("<h3>Direction de la publication</h3><p>Paul EXEMPLE</p>", "Paul EXEMPLE"),
        ("<p>Responsable éditoriale : Anne Exemple</p>", "Anne Exemple"),
        ("<p>Mme Anne Exemple, maire, directrice de la publication</p>", "Mme Anne Exemple, maire"),
        ("<p>directeur de la publication : paul exemple</p>", "paul exemple"),
    ],
)
def test_a_director_is_named_by_name_or_function(html: str, name: str) -> None:
    party = _party(html, Role.DIRECTOR)

    assert party is not None
    assert party.name == name


@pytest.mark.parametrize(
    "html",
    [
        "<p>Directeur de la publication :</p><h2>Hébergeur</h2><p>Nuage Clair</p>",
        "<p>Toute demande est à adresser au directeur de la publication, qui répondra.</p>",
        "<p>Directeur de l'école : Paul Exemple</p>",
    ],
)
def test_a_director_only_spoken_of_is_not_named(html: str) -> None:
    assert _party(html, Role.DIRECTOR) is None


@pytest.mark.parametrize(
    "html",
    [
        "<p>Ce site internet est édité par : Mairie d'Exemple</p>",
        "<p>Le site est la propriété exclusive de la commune d'Exemple.</p>",
        "<p>Maître d'ouvrage : ville d'Exemple</p>",
        "<p>Édition : communauté de communes d'Exemple</p>",
        "<h2>1. Éditeur du site</h2><p>Commune d'Exemple</p>",
    ],
)
def test_an_editor_is_named(html: str) -> None:
    assert _party(html, Role.EDITOR) is not None


@given(st.text(alphabet="Hébergeur : NuageClair\n<p>.,12éà", max_size=200), st.sampled_from(list(Role)))
def test_no_text_makes_the_reading_fail(html: str, role: Role) -> None:
    _party(html, role)


@pytest.mark.parametrize(
    ("html", "implied"),
    [
        ("<p>Mairie d'Exemple</p><p>1 place Haute</p><p>33480 Exemple</p>", True),
        ("<p>Communauté de communes d'Exemple, 3 rue Basse, 33480 Exemple</p>", True),
        ("<p>Mairie d'Exemple</p><p>Hébergement : OVH, 2 rue Kellermann, 59100 Roubaix</p>", False),
        ("<p>Mairie d'Exemple</p><h1>Mentions légales</h1><p>Nuage Clair, 12 rue Basse, 99200 Ville</p>", False),
        ("<footer>Mairie d'Exemple, 1 place Haute, 33480 Exemple</footer>", False),
        ("<p>Mairie d'Exemple</p>", False),
    ],
)
def test_a_town_hall_with_its_address_is_an_implied_editor(html: str, implied: bool) -> None:
    lines = lines_of(Document(html, url="https://exemple.fr/", ref=None))

    assert (implied_editor(lines) is not None) is implied
