"""What a page asks for in clear."""

import pytest

from services.analyzer.page import Document
from services.analyzer.transport.mixed import clear_resources


def _urls(html: str) -> list[str]:
    document = Document(html, url="https://www.exemple.fr/", ref=None)
    return [url for _, url in clear_resources(document)]


@pytest.mark.parametrize(
    "html",
    [
        "<img src='http://x.fr/a.png'>",
        "<img src=' HTTP://x.fr/a.png'>",
        "<script src='http://x.fr/a.js'></script>",
        "<link rel='Stylesheet' href='http://x.fr/a.css'>",
        "<link rel='shortcut icon' href='http://x.fr/a.ico'>",
        "<iframe src='http://x.fr/'></iframe>",
        "<video poster='http://x.fr/a.jpg'></video>",
        "<object data='http://x.fr/a.swf'></object>",
        "<table background='http://x.fr/a.gif'></table>",
        "<style>@import 'http://x.fr/a.css'; p { color: red }</style>",
        "<p style=\"background-image: url( 'http://x.fr/a.jpg' )\">",
        "<source srcset='/b.webp 1x, http://x.fr/a.webp 2x'>",
    ],
)
def test_what_loads_by_itself_is_mixed_content(html: str) -> None:
    assert len(_urls(html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        "<a href='http://x.fr/'>Lien</a>",
        "<form action='http://x.fr/'></form>",
        "<link rel=canonical href='http://x.fr/'>",
        "<link rel='dns-prefetch' href='http://x.fr/'>",
        "<img src='https://x.fr/a.png'>",
        "<img src='//x.fr/a.png'>",
        "<img src='/a.png'>",
        "<img src='data:image/png;base64,aaaa'>",
        "<p>http://x.fr/a.png</p>",
    ],
)
def test_links_forms_and_secure_addresses_are_not(html: str) -> None:
    assert _urls(html) == []


def test_a_base_in_clear_puts_relative_addresses_in_clear() -> None:
    html = "<base href='http://www.exemple.fr/site/'><img src='a.png'><img src='https://x.fr/b.png'>"

    assert _urls(html) == ["http://www.exemple.fr/site/a.png"]
