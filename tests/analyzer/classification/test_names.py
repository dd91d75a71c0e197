"""How the names of authorities are found in titles, texts and host names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.classification.names import names_of, slug_in
from services.contracts.authorities import Authority, Kind
from services.contracts.text import normalise


def _commune(name: str) -> Authority:
    return Authority(code="33999", kind=Kind.COMMUNE, name=name, nature="COM")


def _epci(name: str) -> Authority:
    return Authority(code="243300999", kind=Kind.EPCI, name=name, nature="CC")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Le Mans", "Ville du Mans"),
        ("Les Ulis", "Mairie des Ulis"),
        ("La Rochelle", "Ville de La Rochelle"),
        ("L'Abergement-Clémenciat", "Mairie de l’Abergement Clémenciat"),
        ("L'Haÿ-les-Roses", "Ville de L'Haÿ-les-Roses"),
        ("Aix-en-Provence", "Mairie d'Aix en Provence"),
        ("Saint-Étienne", "Ville de St-Etienne"),
        ("Sainte-Foy-lès-Lyon", "Mairie de Ste Foy lès Lyon"),
        ("Saint-Exemple-sur-Mer", "Commune de Saint-Exemple"),
        ("Œting", "Commune d'Oeting"),
        ("Y", "Mairie d'Y"),
        ("Eu", "Ville d’Eu"),
        ("Bors (Canton de Charente-Sud)", "Mairie de Bors"),
        ("Los Masos", "Commune de Los Masos"),
        ("Saint-Martin-d'Hères", "Ville de Saint-Martin-d'Hères"),
    ],
)
def test_a_town_hall_is_recognised_whatever_the_spelling(name: str, text: str) -> None:
    assert names_of(_commune(name)).institution.search(normalise(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Saint-Martin-d'Hères", "Ville de Saint-Martin-de-Crau"),
        ("Villeneuve-sur-Lot", "Mairie de Villeneuve-d'Ascq"),
        ("Y", "il y a une mairie"),
        ("Us", "commune de Ussel"),
        ("Montreuil", "Mairie de Montreuillon"),
    ],
)
def test_a_namesake_with_another_qualifier_is_not_taken_for_the_town(name: str, text: str) -> None:
    assert not names_of(_commune(name)).institution.search(normalise(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CC du Pays de Tarascon", "Communauté de communes du Pays de Tarascon"),
        ("CA Quimper Bretagne Occidentale", "Quimper Bretagne Occidentale, communauté d'agglomération"),
        ("CC Faucigny - Glières", "CC Faucigny-Glières"),
        ("CA du Grand Annecy", "Grand Annecy Agglomération"),
        ("Métropole Européenne de Lille", "Métropole européenne de Lille"),
        ("CU Grand Besançon Métropole", "Grand Besançon Métropole"),
        ("CA Bassin d'Arcachon Sud (COBAS)", "Communauté d'agglomération COBAS"),
    ],
)
def test_a_community_is_recognised_by_its_full_name_or_its_brand(name: str, text: str) -> None:
    assert names_of(_epci(name)).institution.search(normalise(text)), names_of(_epci(name)).institution.pattern


@pytest.mark.parametrize(
    ("authority", "host", "slug"),
    [
        (_commune("Saint-Exemple"), "www.saint-exemple.fr", "saintexemple"),
        (_commune("Saint-Exemple"), "mairie-stexemple.fr", "stexemple"),
        (_commune("Le Mans"), "www.lemans.fr", "mans"),
        (_commune("Gaye"), "mairiedegaye.fr", "gaye"),
        (_commune("Lème"), "www.xn--lme-6la.fr", "leme"),
        (_commune("Us"), "mairie-us.fr", "us"),
        (_commune("Us"), "www.usine.fr", None),
        (_commune("Saint-Exemple"), "www.autre.fr", None),
        (_epci("CC du Pays de Nay"), "www.paysdenay.fr", "paysdenay"),
        (_epci("CC du Val d'Exemple"), "ccve.fr", "ccve"),
    ],
)
def test_a_host_name_that_holds_the_name_is_recognised(authority: Authority, host: str, slug: str | None) -> None:
    assert slug_in(host, names_of(authority)) == slug


@given(st.text(min_size=1, max_size=40))
def test_any_name_gives_patterns(name: str) -> None:
    names = names_of(_commune(name))
    names.anywhere.search("mairie de saint-exemple")
    slug_in("www.saint-exemple.fr", names)
