"""Documents without a browser: encodings, sitemaps, refreshes, readability."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.domain.html_bytes import decode, to_utf8
from services.fetcher.domain.meta_refresh import refresh_delay
from services.fetcher.domain.readability import (
    MIN_CHARS,
    needs_browser,
    readable_without_browser,
    visible_text,
    word_recall,
)
from services.fetcher.domain.response_headers import bounded_headers
from services.fetcher.domain.sitemap import MAX_ENTRIES, parse_sitemap

TEXT = "Mairie de Saint-Étienne : accueil du public « à l’hôtel de ville »"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (TEXT.encode(), None),
        (TEXT.encode(), "text/html; charset=UTF-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=iso-8859-1"),
        (TEXT.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (TEXT.encode("cp1252"), None),
        (TEXT.encode("cp1252"), "text/html; charset=nonsense"),
        (TEXT.encode("utf-16-le"), "utf-16le"),
    ],
)
def test_french_text_survives_its_encoding(data: bytes, content_type: str | None) -> None:
    assert decode(data, content_type) == TEXT


def test_the_meta_tag_names_the_encoding() -> None:
    data = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">€'.encode("iso-8859-15")
    assert decode(data).endswith("€")


def test_a_document_cut_inside_a_character_is_still_utf8() -> None:
    assert decode("été".encode()[:-1]) == "ét"


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=30)))
def test_any_bytes_become_utf8(data: bytes, content_type: str | None) -> None:
    to_utf8(data, content_type).decode("utf-8")


@pytest.mark.parametrize(
    ("content", "delay"),
    [
        ("0;url=/accueil", 0.0),
        ("5; URL='http://www.mairie-x.fr/fr/'", 5.0),
        ("3,/accueil", 3.0),
        ("30;url=/plus-tard", None),
        ("60", None),
        ("0;url=https://www.mairie-x.fr/", None),
        ("0;url=javascript:alert(1)", None),
        ("abc", None),
        ("", None),
    ],
)
def test_a_refresh_is_a_redirect_only_when_it_leaves_soon_for_elsewhere(content: str, delay: float | None) -> None:
    assert refresh_delay(content, "https://www.mairie-x.fr/") == delay


def test_a_sitemap_lists_pages_whatever_its_faults() -> None:
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc> https://x.fr/a?b=1&amp;c=2 </loc></url><url><loc><![CDATA[https://x.fr/d]]></loc>'
    found = parse_sitemap(xml)
    assert found is not None
    assert found.locations == ("https://x.fr/a?b=1&c=2", "https://x.fr/d")
    assert not found.index
    assert parse_sitemap(gzip.compress(xml)) == found


def test_a_sitemap_index_is_told_apart_and_a_page_is_no_sitemap() -> None:
    index = parse_sitemap(b"<sitemapindex><sitemap><loc>https://x.fr/s.xml</loc></sitemap></sitemapindex>")
    assert index is not None
    assert index.index
    assert parse_sitemap(b"<html><body><loc>https://x.fr/</loc>") is None


def test_a_sitemap_is_bounded() -> None:
    found = parse_sitemap(b"<urlset>" + b"".join(b"<loc>https://x.fr/%d</loc>" % n for n in range(MAX_ENTRIES + 10)))
    assert found is not None
    assert len(found.locations) == MAX_ENTRIES


@given(st.binary(max_size=300))
def test_no_bytes_break_the_sitemap_reader(data: bytes) -> None:
    parse_sitemap(data)
    parse_sitemap(b"\x1f\x8b" + data)


PAGE = "<body><h1>Bienvenue</h1>" + "<p>La mairie de la commune vous accueille le lundi matin.</p>" * 8 + "</body>"
SHELL = '<body><div id="root"></div><script src="/app.js"></script></body>'
FRAMES = '<frameset cols="20%,80%"><frame src="menu.htm"><frame src="corps.htm"></frameset>'


@pytest.mark.parametrize(
    ("sent", "shown", "readable"),
    [
        (PAGE, PAGE + "<p>météo du jour</p>", True),
        (SHELL, PAGE, False),
        (FRAMES, FRAMES, False),
        (None, PAGE, False),
        ("<body>Bonjour</body>", "<body>Bonjour</body>", False),
        (PAGE, "<body>" + "contenu totalement nouveau apporté ensuite par les scripts " * 20, False),
    ],
)
def test_a_site_is_readable_without_a_browser_when_the_source_says_what_is_shown(
    sent: str | None, shown: str, readable: bool
) -> None:
    assert readable_without_browser(sent, shown) is readable


@pytest.mark.parametrize(
    ("html", "needed"), [(PAGE, False), (SHELL, True), (FRAMES, True), ("<body>Page vide</body>", False)]
)
def test_a_page_needs_a_browser_when_scripts_would_fill_it(html: str, needed: bool) -> None:
    assert needs_browser(html) is needed


@given(st.text(alphabet="mot é  \n\u0301œ", max_size=6 * MIN_CHARS))
def test_a_page_needs_a_browser_exactly_when_its_text_is_too_short(text: str) -> None:
    html = f"<body>{text}</body>" + "<script></script>" * 3
    assert needs_browser(html) is (len(visible_text(html)) < MIN_CHARS)


def test_recall_counts_words_with_repetition() -> None:
    assert word_recall("mairie mairie conseil", "mairie") == pytest.approx(1 / 3)
    assert word_recall("", "x") == 1.0


def test_headers_keep_no_cookie_value_and_are_bounded() -> None:
    pairs = [("Set-Cookie", "sid=secret; Path=/; Secure\nb=12; HttpOnly"), *[("X", "y" * 5000)] * 200]
    kept = bounded_headers(pairs)
    assert kept[:2] == (("set-cookie", "sid=<6>; Path=/; Secure"), ("set-cookie", "b=<2>; HttpOnly"))
    assert len(kept) == 100
    assert len(kept[5][1]) == 2000
