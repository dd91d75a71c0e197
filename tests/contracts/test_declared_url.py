"""The declared-URL normaliser: what directories really hold, and what must hold for any text."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contracts.declared_url import MAX_LENGTH, DeclaredUrl, UrlProblem, normalise_declared_url

DIRTY = {
    "mairie-chouvigny.fr": "http://mairie-chouvigny.fr/",
    "www.bajus.fr": "http://www.bajus.fr/",
    "  https://www.conlie.fr/  ": "https://www.conlie.fr/",
    "https:/www.troussencourt.fr": "https://www.troussencourt.fr/",
    "http://http://www.x.fr": "http://www.x.fr/",
    "http://https://www.x.fr": "https://www.x.fr/",
    "https:// https://x.fr": "https://x.fr/",
    "http://www.http://x.fr": "http://x.fr/",
    "http//www.x.fr/a": "http://www.x.fr/a",
    "http:www.x.fr": "http://www.x.fr/",
    "http;//x.fr": "http://x.fr/",
    "htpp://x.fr": "http://x.fr/",
    "htttps://x.fr": "https://x.fr/",
    "http:\\\\x.fr": "http://x.fr/",
    "http:///x.fr": "http://x.fr/",
    "//x.fr": "http://x.fr/",
    "http:// www.x.fr": "http://www.x.fr/",
    "www. x.fr": "http://www.x.fr/",
    "www x.fr": "http://www.x.fr/",
    "www,x.fr": "http://www.x.fr/",
    "www.x .fr": "http://www.x.fr/",
    "www..x.fr": "http://www.x.fr/",
    "HTTP://WWW.Ville-X.FR/Accueil.HTML": "http://www.ville-x.fr/Accueil.HTML",
    "https://www.lucé.fr/": "https://www.xn--luc-dma.fr/",
    "https://www.LUCÉ.fr/": "https://www.xn--luc-dma.fr/",
    "https://www.luce\u0301.fr/": "https://www.xn--luc-dma.fr/",
    "https://www.x.fr.": "https://www.x.fr/",
    "https://www.x.fr./a": "https://www.x.fr/a",
    "https://www.x.fr\u200b": "https://www.x.fr/",
    "\ufeffhttps://www.x.fr": "https://www.x.fr/",
    "www.x.fr\u00a0": "http://www.x.fr/",
    "<https://x.fr>": "https://x.fr/",
    "« https://x.fr »": "https://x.fr/",
    "(https://x.fr)": "https://x.fr/",
    "site officiel : www.x.fr": "http://www.x.fr/",
    "Site:www.x.fr": "http://www.x.fr/",
    "https://x.fr#contact": "https://x.fr/",
    "https://x.fr?": "https://x.fr/",
    "https://x.fr?page=1#a": "https://x.fr/?page=1",
    "http://x.fr/rubrique,12.html": "http://x.fr/rubrique,12.html",
    "http://x.fr/la-mairie/é": "http://x.fr/la-mairie/%C3%A9",
    "https://x.fr/Mairie_(Ain)": "https://x.fr/Mairie_(Ain)",
    "https://x.fr/retour?u=http://y.fr": "https://x.fr/retour?u=http://y.fr",
    "http://x.fr:80/": "http://x.fr/",
    "https://x.fr:443": "https://x.fr/",
    "http://x.fr:8080": "http://x.fr:8080/",
    "x.fr:8080/a": "http://x.fr:8080/a",
    "http://x.fr:/": "http://x.fr/",
    "http://agent:secret@x.fr/": "http://x.fr/",
    "http://80.12.34.56/mairie": "http://80.12.34.56/mairie",
    "http://mairie_x.free.fr": "http://mairie_x.free.fr/",
    "https://www.facebook.com/MairieX": "https://www.facebook.com/MairieX",
    "mairie@x.fr www.x.fr": "http://www.x.fr/",
    "http://commune.test": "http://commune.test/",
}


@pytest.mark.parametrize(("text", "url"), DIRTY.items())
def test_a_dirty_address_is_repaired(text: str, url: str) -> None:
    assert normalise_declared_url(text).url == url


@pytest.mark.parametrize(
    ("text", "url", "others"),
    [
        ("https://a.fr ; http://b.fr", "https://a.fr/", ("http://b.fr/",)),
        ("https://a.fr, https://b.fr, https://a.fr/", "https://a.fr/", ("https://b.fr/",)),
        ("www.a.fr ou www.b.fr", "http://www.a.fr/", ("http://www.b.fr/",)),
        ("www.a.fr / www.b.fr", "http://www.a.fr/", ("http://www.b.fr/",)),
        ("a.fr;b.fr", "http://a.fr/", ("http://b.fr/",)),
        ("http://a.frhttps://b.fr/c", "http://a.fr/", ("https://b.fr/c",)),
        ("mairie@a.fr - https://b.fr", "https://b.fr/", ()),
    ],
)
def test_of_two_addresses_the_first_usable_wins_and_the_others_are_kept(
    text: str, url: str, others: tuple[str, ...]
) -> None:
    assert normalise_declared_url(text) == DeclaredUrl(url=url, others=others)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, UrlProblem.NONE_DECLARED),
        ("", UrlProblem.NONE_DECLARED),
        (" \u00a0\n", UrlProblem.NONE_DECLARED),
        ("mairiedesavilly@orange.fr", UrlProblem.EMAIL),
        ("mailto:mairie@x.fr", UrlProblem.EMAIL),
        ("http://mairie@x.fr", UrlProblem.EMAIL),
        ("néant", UrlProblem.NOT_A_URL),
        ("en cours", UrlProblem.NOT_A_URL),
        ("-", UrlProblem.NOT_A_URL),
        ("http://", UrlProblem.NOT_A_URL),
        ("http://mairie", UrlProblem.BAD_HOST),
        ("http://www.mairie-x", UrlProblem.BAD_HOST),
        ("http://127.1/", UrlProblem.BAD_HOST),
        ("http://[::1]/", UrlProblem.BAD_HOST),
        ("http://-x.fr", UrlProblem.BAD_HOST),
        ("http://xn--zzzzzz---.fr", UrlProblem.BAD_HOST),
        (f"http://{'a' * 64}.fr", UrlProblem.BAD_HOST),
        ("http://x.fr:99999/", UrlProblem.BAD_PORT),
        ("http://x.fr:0/", UrlProblem.BAD_PORT),
        ("http://x.fr:a/", UrlProblem.BAD_PORT),
        ("ftp://x.fr", UrlProblem.FORBIDDEN_SCHEME),
        ("javascript:alert(1)", UrlProblem.FORBIDDEN_SCHEME),
        ("file:///etc/passwd", UrlProblem.FORBIDDEN_SCHEME),
        ("http://x.fr/" + "a" * MAX_LENGTH, UrlProblem.TOO_LONG),
        ("http://x.fr/" + "é" * 1000, UrlProblem.TOO_LONG),
    ],
)
def test_a_text_that_is_no_web_address_gives_its_reason(text: str | None, problem: UrlProblem) -> None:
    assert normalise_declared_url(text) == DeclaredUrl(url=None, problem=problem)


PIECES = st.sampled_from(
    [
        "http",
        "https",
        "://",
        ":/",
        "//",
        "/",
        "www.",
        "x.fr",
        "é.fr",
        "@",
        ":",
        "80",
        ".",
        ",",
        ";",
        " ",
        "#",
        "?",
        "xn--",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))


@given(TEXTS)
@example("http://x.fr/a.#b")
@example("http://x.fr/a?#.")
@example("0:/:/x.fr")
def test_any_text_gives_either_a_url_or_a_reason(text: str) -> None:
    declared = normalise_declared_url(text)
    assert (declared.url is None) == (declared.problem is not None)
    if declared.url is None:
        assert not declared.others


@given(TEXTS)
def test_every_url_given_is_canonical_and_given_back_unchanged(text: str) -> None:
    declared = normalise_declared_url(text)
    for url in filter(None, (declared.url, *declared.others)):
        parts = urlsplit(url)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
        assert "." in parts.hostname
        assert parts.netloc == parts.netloc.lower()
        assert (parts.username, parts.password, parts.fragment) == (None, None, "")
        assert parts.path.startswith("/")
        assert url.isascii()
        assert url.isprintable()
        assert " " not in url
        assert normalise_declared_url(url) == DeclaredUrl(url=url)


@given(st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9]\.(fr|bzh|com)", fullmatch=True), st.sampled_from(["", "www."]))
def test_a_bare_host_becomes_http_on_that_host(host: str, prefix: str) -> None:
    if "--" not in host:
        assert normalise_declared_url(prefix + host).url == f"http://{prefix}{host}/"


@given(st.sampled_from(sorted(DIRTY)), st.sampled_from([" ", "\t", "\u00a0", "\n", "\u200b"]))
def test_spaces_around_an_address_change_nothing(text: str, space: str) -> None:
    assert normalise_declared_url(space + text + space) == normalise_declared_url(text)
