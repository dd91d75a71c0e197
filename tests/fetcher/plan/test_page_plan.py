"""The page plan: tables of menus as communes write them, and invariants."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.capture import Discovery, PageClass
from services.contracts.text import normalise
from services.fetcher.domain.links import Link, path_words
from services.fetcher.domain.page_plan import PlannedPage, choose_pages, lacks_essentials, plan_version
from services.fetcher.domain.scope import page_key, within_site

HOME = "https://www.mairie-x.fr/"


def link(path: str, text: str = "", *, navigation: bool = True) -> Link:
    url = path if path.startswith("http") else f"https://www.mairie-x.fr{path}"
    return Link(url, normalise(text), path_words(url), navigation)


def classes(pages: tuple[PlannedPage, ...]) -> dict[PageClass, list[str]]:
    found: dict[PageClass, list[str]] = {}
    for page in pages:
        found.setdefault(page.page_class, []).append(page.url.removeprefix("https://www.mairie-x.fr"))
    return found


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("Mentions légales", "/a", PageClass.MENTIONS),
        ("MENTIONS LEGALES & RGPD", "/a", PageClass.MENTIONS),
        ("Informations légales", "/a", PageClass.MENTIONS),
        ("", "/mentions_legales.html", PageClass.MENTIONS),
        ("", "/?page=mentions-legales", PageClass.MENTIONS),
        ("Nous contacter", "/a", PageClass.CONTACT),
        ("Contact et horaires", "/a", PageClass.CONTACT),
        ("Contactez-nous", "/a", PageClass.CONTACT),
        ("Horaires d’ouverture", "/a", PageClass.CONTACT),
        ("Vos démarches", "/a", PageClass.DEMARCHES_HUB),
        ("Services en ligne", "/a", PageClass.DEMARCHES_HUB),
        ("Télé-services", "/a", PageClass.DEMARCHES_HUB),
        ("Accessibilité : non conforme", "/a", PageClass.ACCESSIBILITY),
        ("Politique de confidentialité", "/a", PageClass.PRIVACY),
        ("Protection des données personnelles", "/a", PageClass.PRIVACY),
        ("État civil", "/a", PageClass.ETAT_CIVIL),
        ("Écoles et cantine", "/a", PageClass.ENFANCE),
        ("P.L.U. et urbanisme", "/a", PageClass.URBANISME),
        ("Payer mes factures", "/a", PageClass.PAYMENT),
        ("Plan du site", "/a", PageClass.SITEMAP),
        ("Conseil municipal", "/a", PageClass.COUNCIL),
        ("Le CCAS", "/a", PageClass.SOCIAL_DIGITAL),
        ("Actualités", "/a", PageClass.NEWS),
        ("Le village", "/a", PageClass.MISC_NAV),
        ("Infos pratiques", "/a", PageClass.MISC_NAV),
        ("Accessibilité PMR", "/a", PageClass.MISC_NAV),
    ],
)
def test_a_link_falls_into_its_class(text: str, path: str, expected: PageClass) -> None:
    pages = choose_pages(HOME, [link(path, text)], (), max_pages=12)
    assert [p.page_class for p in pages if p.discovery is Discovery.LINK] == [expected]


def test_the_most_important_classes_are_served_first() -> None:
    menu = [link(f"/p{n}", f"Rubrique {n}") for n in range(10)]
    menu += [
        link("/actus", "Actualités"),
        link("/dem", "Démarches"),
        link("/c", "Contact"),
        link("/ml", "Mentions légales"),
    ]
    pages = choose_pages(HOME, menu, (), max_pages=3)
    assert [p.page_class for p in pages] == [PageClass.MENTIONS, PageClass.CONTACT, PageClass.DEMARCHES_HUB]


def test_a_label_that_is_the_class_beats_a_headline_about_it() -> None:
    menu = [
        link(
            "/2024/accessibilite-de-la-mairie-les-travaux-commencent",
            "Accessibilité : les travaux de la mairie ont commencé",
        ),
        link("/accessibilite", "Accessibilité"),
    ]
    assert classes(choose_pages(HOME, menu, (), max_pages=12))[PageClass.ACCESSIBILITY] == ["/accessibilite"]


def test_every_class_gets_a_page_before_any_gets_two() -> None:
    menu = [link(f"/d{n}", "Démarches") for n in range(5)] + [link("/u", "Urbanisme"), link("/e", "État civil")]
    pages = choose_pages(HOME, menu, (), max_pages=6)
    count = Counter(page.page_class for page in pages)
    assert count[PageClass.URBANISME] == count[PageClass.ETAT_CIVIL] == 1
    assert count[PageClass.DEMARCHES_HUB] == 1


def test_quotas_hold() -> None:
    menu = [link(f"/d{n}", "Démarches") for n in range(9)]
    assert len(classes(choose_pages(HOME, menu, (), max_pages=25))[PageClass.DEMARCHES_HUB]) == 3


def test_without_links_the_usual_paths_are_guessed() -> None:
    pages = choose_pages(HOME, [], (), max_pages=12)
    assert {(p.page_class, p.url, p.discovery) for p in pages} == {
        (PageClass.MENTIONS, HOME + "mentions-legales", Discovery.GUESS),
        (PageClass.CONTACT, HOME + "contact", Discovery.GUESS),
        (PageClass.ACCESSIBILITY, HOME + "accessibilite", Discovery.GUESS),
    }


def test_nothing_is_guessed_for_a_class_whose_page_serves_another() -> None:
    pages = choose_pages(HOME, [link("/ml", "Mentions légales - Accessibilité")], (), max_pages=12)
    assert PageClass.ACCESSIBILITY not in classes(pages)


def test_the_sitemap_fills_what_the_links_lack() -> None:
    pages = choose_pages(HOME, [link("/c", "Contact")], [HOME + "vie/mentions-legales", HOME + "contact"], max_pages=12)
    by_class = {page.page_class: page for page in reversed(pages)}
    assert by_class[PageClass.MENTIONS].discovery is Discovery.SITEMAP
    assert by_class[PageClass.CONTACT].discovery is Discovery.LINK


@pytest.mark.parametrize(
    "url",
    [
        "https://www.mairie-x.fr/bulletin.pdf",
        "https://www.mairie-x.fr/photo.JPG",
        "https://www.mairie-x.fr/wp-admin/",
        "https://www.mairie-x.fr/user/login",
        "https://www.mairie-x.fr/?s=contact",
        "https://www.mairie-x.fr/agenda/2024-05",
        "https://www.mairie-x.fr/contact?print=1",
        "https://www.mairie-x.fr/feed/",
        "https://www.autre-site.fr/contact",
        "https://fr-fr.facebook.com/mairie",
        "https://www.mairie-x.fr/#contact",
        "https://mairie-x.fr/index.php",
    ],
)
def test_what_is_no_page_of_the_site_is_never_planned(url: str) -> None:
    menu = [link(f"/rubrique-{number}", f"Rubrique {number}") for number in range(5)]
    pages = choose_pages(HOME, [link(url, "Mentions légales"), *menu], (), max_pages=12)
    assert {page.url for page in pages if page.discovery is Discovery.LINK} == {item.url for item in menu}


@pytest.mark.parametrize(
    "text", ["Tout accepter", "J'accepte", "Refuser", "Accepter tous les cookies", "Continuer sans accepter"]
)
def test_an_answer_to_a_cookie_banner_is_never_planned(text: str) -> None:
    planned = choose_pages(
        HOME, [link("/rgpd?choix=1", text), link("/refuser-un-permis", "Refus de permis")], (), max_pages=9
    )
    urls = {page.url for page in planned if page.discovery is Discovery.LINK}
    assert urls == {HOME + "refuser-un-permis"}


def test_a_splash_page_leads_to_the_true_home_page() -> None:
    pages = choose_pages(
        HOME, [link("/accueil.php", "Entrer", navigation=False), link("/", "Libourne")], (), max_pages=5
    )
    assert classes(pages)[PageClass.MISC_NAV] == ["/accueil.php"]


def test_the_home_page_under_another_spelling_is_no_true_home_page() -> None:
    again = [link("///", "École", navigation=False), link("http://mairie-x.fr", "Accueil")]
    assert PageClass.MISC_NAV not in classes(choose_pages(HOME, again, (), max_pages=5))


def test_two_addresses_of_one_page_are_visited_once() -> None:
    menu = [
        link("/contact/", "Contact"),
        link("http://mairie-x.fr/contact#plan", "Contact"),
        link("/contact?utm_source=x", "Contact"),
    ]
    assert len(classes(choose_pages(HOME, menu, (), max_pages=12))[PageClass.CONTACT]) == 1


def test_a_sub_domain_of_the_same_authority_is_its_site() -> None:
    pages = choose_pages(HOME, [link("https://services.mairie-x.fr/demarches", "Démarches")], (), max_pages=12)
    assert classes(pages)[PageClass.DEMARCHES_HUB] == ["https://services.mairie-x.fr/demarches"]


@pytest.mark.parametrize(
    ("home", "url", "inside"),
    [
        ("https://ville.wixsite.com/mairie", "https://ville.wixsite.com/mairie/contact", True),
        ("https://ville.wixsite.com/mairie", "https://ville.wixsite.com/autre/contact", False),
        ("https://ville.wixsite.com/mairie", "https://autre.wixsite.com/mairie/contact", False),
        ("http://mairie-x.e-monsite.com/pages/accueil.html", "http://mairie-x.e-monsite.com/contact/", True),
        ("http://mairie.x.free.fr/", "http://autre.free.fr/", False),
        ("https://sites.google.com/view/mairie-x/accueil", "https://sites.google.com/view/mairie-x/contact", True),
        ("https://sites.google.com/view/mairie-x/accueil", "https://sites.google.com/view/mairie-y", False),
        ("https://www.mairie-x.fr/fr/", "https://mairie-x.fr/contact", True),
    ],
)
def test_on_a_shared_platform_the_site_ends_where_its_neighbour_begins(home: str, url: str, inside: bool) -> None:
    assert within_site(home, url) is inside


def test_a_site_with_its_essentials_needs_no_sitemap() -> None:
    essentials = [link("/m", "Mentions légales"), link("/c", "Contact"), link("/d", "Démarches")]
    assert not lacks_essentials(HOME, essentials)
    assert lacks_essentials(HOME, essentials[:2])


def test_the_version_names_the_rules() -> None:
    assert plan_version() == plan_version()
    assert plan_version().startswith("1-")


words = st.sampled_from(
    ["Contact", "Démarches", "Mentions légales", "École", "Le village", "", "Actualités", "Plan du site"]
)
paths = st.text(alphabet="abc/-?=é%._", max_size=12).map(lambda text: "/" + text)
some_links = st.lists(st.builds(link, paths, words, navigation=st.booleans()), max_size=30)


@given(
    links=some_links,
    listed=st.lists(paths.map(lambda p: "https://mairie-x.fr" + p), max_size=10),
    limit=st.integers(1, 25),
)
def test_a_plan_is_bounded_distinct_deterministic_and_stays_on_the_site(
    links: list[Link], listed: list[str], limit: int
) -> None:
    pages = choose_pages(HOME, links, listed, max_pages=limit)
    keys = [page_key(page.url) for page in pages]
    assert len(pages) <= limit
    assert len(set(keys)) == len(keys)
    assert page_key(HOME) not in keys
    assert all(within_site(HOME, page.url) for page in pages)
    assert pages == choose_pages(HOME, links, listed, max_pages=limit)
