"""Links, their labels, and the one form of a URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.domain.links import MAX_LINKS, page_links
from services.fetcher.domain.scope import canonical, is_page, page_key

BASE = "https://www.mairie-x.fr/rubrique/page.html"


def labels(html: str) -> list[tuple[str, str]]:
    return [(link.url.removeprefix("https://www.mairie-x.fr"), link.text) for link in page_links([(BASE, html)])]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/contact">Nous  Contacter</a>', ("/contact", "nous contacter")),
        (
            '<a href="contact.html" title="Contact"><img src=x alt="Écrire"></a>',
            ("/rubrique/contact.html", "contact ecrire"),
        ),
        ('<a href="/d" aria-label="Vos démarches">→</a>', ("/d", "→ vos demarches")),
        ('<h2>Mentions légales</h2><p><a href="/m">Cliquez ici</a>', ("/m", "mentions legales cliquez ici")),
        ('<h3>État civil</h3><a href="/e"></a>', ("/e", "etat civil")),
        ('<map><area href="/carte" alt="La carte"></map>', ("/carte", "la carte")),
        ("<button onclick=\"location.href='/dem'\">Démarches</button>", ("/dem", "demarches")),
        ("<a href=\"javascript:window.open('/pop')\">Contact</a>", ("/pop", "contact")),
        ('<base href="https://www.mairie-x.fr/autre/"><a href="x">X</a>', ("/autre/x", "x")),
        ('<select><option value="/plan">Plan du site</option></select>', ("/plan", "plan du site")),
    ],
)
def test_a_link_has_the_words_a_reader_has_for_it(html: str, expected: tuple[str, str]) -> None:
    assert expected in labels(html)


@pytest.mark.parametrize(
    "href", ["#haut", "mailto:a@b.fr", "tel:0102030405", "javascript:void(0)", "", "http://[", "ftp://x/"]
)
def test_what_leads_to_no_page_is_no_link(href: str) -> None:
    assert labels(f'<a href="{href}">Contact</a>') == []


def test_frames_are_links_and_their_documents_count() -> None:
    top = '<frameset><frame src="menu.htm" name="menu"><frame src="corps.htm"></frameset>'
    found = page_links(
        [(BASE, top), ("https://www.mairie-x.fr/rubrique/menu.htm", '<a href="contact.htm">Contact</a>')]
    )
    assert [link.url.rsplit("/", 1)[-1] for link in found] == ["menu.htm", "corps.htm", "contact.htm"]


def test_a_link_knows_whether_it_stands_in_a_menu() -> None:
    html = '<nav><a href="/a">A</a></nav><div class="main-menu"><a href="/b">B</a></div><main><a href="/c">C</a></main>'
    assert [link.navigation for link in page_links([(BASE, html)])] == [True, True, False]


def test_links_are_bounded() -> None:
    html = "".join(f'<a href="/{n}">x</a>' for n in range(MAX_LINKS + 500))
    assert len(page_links([(BASE, html)])) == MAX_LINKS


@given(st.text(max_size=400))
def test_no_markup_breaks_the_link_reader(html: str) -> None:
    page_links([(BASE, f"<a href='/x'>{html}</a><a href=\"{html}\">")])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Mairie-X.FR:80/A b?utm_source=x&id=3#c", "http://www.mairie-x.fr/A%20b?id=3"),
        ("https://mairie-x.fr", "https://mairie-x.fr/"),
        ("https://mairie-x.fr/%C3%A9tat", "https://mairie-x.fr/%C3%A9tat"),
        ("https://mairie-x.fr/état", "https://mairie-x.fr/%C3%A9tat"),
        ("ftp://mairie-x.fr/", None),
        ("https://mairie-x.fr:99999/", None),
        ("https://", None),
    ],
)
def test_a_url_has_one_form(url: str, expected: str | None) -> None:
    assert canonical(url) == expected


@given(st.text(max_size=60))
def test_the_one_form_is_stable(text: str) -> None:
    once = canonical(f"https://mairie-x.fr/{text}")
    assert once is None or canonical(once) == once


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://mairie-x.fr/", "https://www.mairie-x.fr/index.html"),
        ("https://mairie-x.fr/contact/", "http://www.mairie-x.fr/contact"),
    ],
)
def test_two_addresses_of_a_page_have_one_key(first: str, second: str) -> None:
    assert page_key(first) == page_key(second)


@pytest.mark.parametrize(
    "url",
    ["/contact", "/index.php?option=com_contact", "/spip.php?rubrique3", "/agenda", "/page.aspx", "/jour-de-fete"],
)
def test_ordinary_pages_pass(url: str) -> None:
    assert is_page("https://mairie-x.fr" + url)
