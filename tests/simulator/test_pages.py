"""The pages realise the features, in decent French."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.simulator.country import Country, SyntheticSite, assemble, draw_features
from services.simulator.features import Template
from services.simulator.pages.assets import document, photo, static_names, text_asset
from services.simulator.pages.content import content_of
from services.simulator.pages.french import of_place
from services.simulator.pages.render import SitePages
from services.simulator.pages.stock import stock
from services.simulator.pages.unhappy import unhappy_pages
from tests.simulator.conftest import commune

MOJIBAKE = re.compile("Ã.|â€|�|{{|}}|{%|&amp;#|None")


def country_with(number: int = 1, **values: str) -> tuple[SyntheticSite, Country]:
    authority = commune(number)
    drawn = draw_features(authority, 7, {"status": "functional", **values})
    country = assemble([(authority, drawn)], 7)
    return country.sites[authority.code], country


def pages_with(number: int = 1, **values: str) -> SitePages:
    return SitePages(*country_with(number, **values))


def first(html: str | None, selector: str) -> LexborNode:
    found = LexborHTMLParser(html or "").css_first(selector)
    assert found
    return found


def legal_text(number: int, **values: str) -> str:
    pages = pages_with(number, template="wordpress", **values)
    link = pages.content.link("legal")
    assert link
    return first(pages.html(link.path), "main").text()


@pytest.mark.parametrize("template", list(Template))
def test_every_page_of_every_make_is_rendered_in_clean_french(template: Template) -> None:
    pages = pages_with(template=template)
    assert len(pages.paths()) >= 9
    for path in pages.paths():
        html = pages.html(path) or ""
        assert not MOJIBAKE.search(html), MOJIBAKE.findall(html)
        assert html == pages_with(template=template).html(path)
        assert "Mairie du Mans" in first(html, "title").text()


@pytest.mark.parametrize("template", [t for t in Template if t not in (Template.FRAMESET, Template.SHELL)])
def test_every_link_of_a_home_page_to_the_site_leads_somewhere(template: Template) -> None:
    pages = pages_with(template=template)
    tree = LexborHTMLParser(pages.html(pages.base) or "")
    links = {a.attributes["href"] or "" for a in tree.css("a[href]")}
    internal = {link for link in links if link.startswith("/")}
    assert len(internal) >= 8
    assert all(pages.html(link) for link in internal)


def test_a_shell_has_no_content_without_javascript_and_its_fragments_have_it() -> None:
    pages = pages_with(template="shell")
    html = pages.html("/")
    assert "Actualités" not in first(html, "body").text()
    fragment = first(html, "#app").attributes["data-fragment"] or ""
    assert "Le mot du maire" in (pages.html(fragment) or "")


def test_a_frameset_has_its_content_in_frames() -> None:
    pages = pages_with(template="frameset")
    frames = LexborHTMLParser(pages.html("/") or "").css("frame")
    sources = [frame.attributes["src"] or "" for frame in frames]
    assert len(sources) == 3
    assert "Bienvenue" in "".join(pages.html(source) or "" for source in sources)


@pytest.mark.parametrize("number", range(8))
def test_the_legal_notice_says_what_the_features_say_and_no_more(number: int) -> None:
    content = content_of(*country_with(number))
    company, full = content.hosting, legal_text(number)
    assert all(text in full for text in (company.name, company.address, company.phone, content.leader, content.street))
    assert company.phone not in legal_text(number, legal_host="no_phone")
    assert company.address not in legal_text(number, legal_host="no_address")
    assert not re.search("héberge", legal_text(number, legal_host="absent"), re.IGNORECASE)
    assert content.leader not in legal_text(number, legal_director="no")
    assert content.street not in legal_text(number, legal_editor="no")


def test_legal_notices_are_worded_in_several_ways() -> None:
    assert {content_of(*country_with(number)).legal_style for number in range(20)} == {0, 1, 2}


def test_a_site_without_notice_has_no_word_of_it() -> None:
    pages = pages_with(template="wordpress", legal="absent")
    html = "".join(pages.html(path) or "" for path in pages.paths())
    assert not re.search(r"légales|hébergeur|publication", html, re.IGNORECASE)


def test_the_address_is_nowhere_but_on_the_contact_page_when_no_editor_is_named() -> None:
    pages = pages_with(template="wordpress", legal_editor="no")
    street = pages.content.street
    assert street not in (pages.html("/") or "")
    assert street in (pages.html("/contact/") or "")


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ({"teleservice": "platform"}, "espace-citoyens.net"),
        ({"teleservice": "form"}, "<form"),
        ({"teleservice": "state_links"}, "service-public.gouv.fr"),
        ({"payment": "payfip"}, "payfip.gouv.fr"),
        ({"account": "citizen", "franceconnect": "yes"}, "FranceConnect"),
        ({"account": "citizen", "franceconnect": "no"}, "compte citoyen"),
    ],
)
def test_services_are_on_the_page_of_services(values: dict[str, str], mark: str) -> None:
    pages = pages_with(1, **{"template": "wordpress", **values})
    assert mark in (pages.html("/demarches/") or "")
    assert mark not in (pages_with(template="wordpress", teleservice="none").html("/demarches/") or "").lower()


@pytest.mark.parametrize("template", [t for t in Template if t not in (Template.FRAMESET, Template.SHELL)])
def test_pages_weigh_what_real_ones_do(template: Template) -> None:
    pages = pages_with(template=template)
    html = pages.html(pages.base) or ""
    assets = set(re.findall(r"/assets/([\w.-]+)", html))
    assert 60_000 <= len(html) + sum(asset_size(name) for name in assets) <= 300_000


def asset_size(name: str) -> int:
    if name.startswith("photo-"):
        number, size = name.removeprefix("photo-").removesuffix(".jpg").split("-")
        return len(photo(int(number), size))
    return len(text_asset(name)) if name in static_names() else 1_600


def test_assets_are_what_they_say() -> None:
    assert photo(1, "small").startswith(b"\xff\xd8")
    assert document("Procès-verbal (été)").startswith(b"%PDF-1.4")
    assert document("a") == document("a") != document("b")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ambert", "d’Ambert"),
        ("Le Mans", "du Mans"),
        ("Les Mées", "des Mées"),
        ("La Rochelle", "de La Rochelle"),
        ("Hérouvillette", "d’Hérouvillette"),
        ("Œting", "d’Œting"),
    ],
)
def test_names_are_contracted_as_in_french(name: str, expected: str) -> None:
    assert of_place(name) == expected


def test_every_imitated_page_and_company_says_where_it_comes_from() -> None:
    assert all(page.source for page in unhappy_pages().values())
    assert all(company.source for company in stock().hosting)
