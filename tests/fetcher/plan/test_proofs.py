"""Which links to other sites are followed one page further."""

import pytest

from services.contracts.capture import PageClass
from services.fetcher.domain.links import Link
from services.fetcher.domain.proofs import choose_proofs

HOME = "https://www.saint-exemple.fr/"
PORTAL = "https://www.espace-citoyens.net/saint-exemple/"
PAYFIP = "https://www.payfip.gouv.fr/tpa/accueilportail.web?numcli=1"


def chosen(*links: tuple[str, str], most: int = 3) -> list[str]:
    pages = choose_proofs(HOME, [Link(url=url, text=text, path="") for url, text in links], most=most)
    assert {page.page_class for page in pages} <= {PageClass.PROVIDER}
    return [page.url for page in pages]


def test_each_kind_of_service_is_followed_before_one_is_followed_twice() -> None:
    links = [
        (PORTAL, "espace citoyen"),
        ("https://autre.example/", "portail famille"),
        (PAYFIP, "payer une facture"),
        ("https://rdv.example/saint-exemple", "prendre rendez-vous"),
    ]
    assert chosen(*links) == [PORTAL, PAYFIP, "https://rdv.example/saint-exemple"]


def test_a_host_is_asked_once() -> None:
    assert chosen((PORTAL, "espace citoyen"), (f"{PORTAL}paiement", "paiement en ligne")) == [PORTAL]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://www.saint-exemple.fr/espace-citoyen", "espace citoyen"),
        ("https://www.facebook.com/saintexemple", "mon espace"),
        ("https://www.service-public.gouv.fr/compte", "mon compte"),
        ("https://www.meteo.example/", "meteo"),
        ("https://autre.example/dossier.pdf", "demarches en ligne"),
        ("mailto:mairie@saint-exemple.fr", "prendre rendez-vous"),
        ("https://[mauvais/", "mon compte"),
    ],
)
def test_what_is_no_service_elsewhere_is_left(url: str, text: str) -> None:
    assert chosen((url, text)) == []


def test_none_is_followed_where_none_is_wanted() -> None:
    assert chosen((PORTAL, "espace citoyen"), most=0) == []
