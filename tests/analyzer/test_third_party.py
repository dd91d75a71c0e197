"""Whose domain a site stands on."""

import pytest

from services.analyzer.third_party import owner_of
from services.contracts.authorities import Authority, Kind
from services.contracts.verdicts import State


def _commune(name: str, epci: str = "CC du Val Clair") -> Authority:
    return Authority(code="33999", kind=Kind.COMMUNE, name=name, nature="COM", epci_name=epci)


@pytest.mark.parametrize(
    ("name", "host", "state", "reason"),
    [
        ("Valmont", "www.valmont.fr", State.NO, "own_domain"),
        ("Valmont", "mairie.valmont.fr", State.NO, "own_domain"),
        ("Saint-Rémy-du-Val", "stremyduval.fr", State.NO, "own_domain"),
        ("L'Haÿ-les-Roses", "www.lhaylesroses.fr", State.NO, "own_domain"),
        ("Valmont", "www.notre-village.fr", State.NO, "own_domain"),
        ("Valmont", "valmont.wixsite.com", State.YES, "platform_builder"),
        ("Valmont", "mairie.valmont.free.fr", State.YES, "platform_builder"),
        ("Valmont", "valmont.netlify.app", State.YES, "platform_private_suffix"),
        ("Valmont", "valmont.cc-valclair.fr", State.PARTIAL, "epci_domain"),
        ("Valmont", "www.valclair.fr", State.PARTIAL, "epci_domain"),
        ("Valmont", "valmont.pays-des-lacs.fr", State.PARTIAL, "sub_domain_of_another"),
        ("Valmont", "www.valmont-agglo.fr", State.PARTIAL, "intercommunal_domain"),
    ],
)
def test_the_owner_of_a_commune_s_domain(name: str, host: str, state: State, reason: str) -> None:
    owner = owner_of(_commune(name), host)

    assert (owner.state, owner.reason) == (state, reason)


def test_an_intercommunal_domain_is_the_epci_s_own() -> None:
    epci = Authority(code="243300999", kind=Kind.EPCI, name="CC du Val Clair", nature="CC")

    assert owner_of(epci, "www.cc-valclair.fr").state is State.NO
