"""A document as the lines a reader sees."""

from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.lines import Line, lines_of
from services.analyzer.page import Document
from services.contracts.text import normalise


def _lines(html: str) -> list[str]:
    return [line.text for line in lines_of(Document(html, url="https://exemple.fr/", ref=None))]


def test_blocks_breaks_and_cells_end_a_line_and_inline_elements_do_not() -> None:
    html = "<p><b>Hébergeur</b> : Nuage<br>Clair</p><table><tr><td>Éditeur</td><td>Mairie</td></tr></table>"

    assert _lines(html) == ["Hébergeur : Nuage", "Clair", "Éditeur", "Mairie"]


def test_menus_and_scripts_are_left_out() -> None:
    assert _lines("<nav>Hébergement</nav><script>Hébergeur : X</script><p>Bonjour</p>") == ["Bonjour"]


def test_a_logo_counts_by_its_text_or_by_where_it_leads() -> None:
    assert _lines("<p>Hébergeur : <img alt='Nuage Clair'></p>") == ["Hébergeur : Nuage Clair"]
    assert _lines("<p>Hébergeur : <a href='https://nuage.example/'><img src=n.png></a></p>") == [
        "Hébergeur : nuage.example"
    ]


def test_headings_links_and_footers_are_told() -> None:
    html = "<h2>Titre</h2><ul><li><a href=x>Menu</a></li></ul><div class='site-footer dark'>Mairie</div>"
    heading, link, footer = lines_of(Document(html, url="https://exemple.fr/", ref=None))

    assert (heading.heading, link.link, footer.footer) == (True, True, True)


def test_what_themes_write_on_the_body_makes_no_footer() -> None:
    (line,) = lines_of(Document("<body class='footer-dark'><p>Texte</p>", url="https://exemple.fr/", ref=None))

    assert not line.footer


def test_deep_nesting_is_read() -> None:
    depth = 5000

    assert _lines("<div>" * depth + "Nuage Clair" + "</div>" * depth) == ["Nuage Clair"]


@given(st.text(alphabet="aàéÉœŒçÇ ’'–-ïK½1&", max_size=60))
def test_the_normalised_form_is_that_of_lexicons(text: str) -> None:
    assert Line(text).normal.strip() == normalise(text)


@given(st.text(alphabet="aéœŒ ½z’", min_size=1, max_size=40))
def test_the_original_of_the_whole_is_the_whole(text: str) -> None:
    line = Line(text.strip())

    assert line.original(0) == line.text


@given(st.text(max_size=300))
def test_no_markup_makes_the_reader_fail(html: str) -> None:
    for line in lines_of(Document(html, url="https://exemple.fr/", ref=None)):
        assert len(line.original(0)) <= len(line.text)
