"""Telling a telephone's page from a computer's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.mobile.content import main_words, mobile_address, recall, varies_by_user_agent

_WORDS = st.frozensets(st.text("abc", min_size=1, max_size=3))


@given(_WORDS, _WORDS)
def test_recall_is_a_share_and_whole_when_nothing_is_missing(wanted: frozenset[str], found: frozenset[str]) -> None:
    assert 0 <= recall(wanted, found) <= 1
    assert recall(wanted, wanted | found) == 1


def test_menus_scripts_and_dialogs_are_not_content() -> None:
    html = "<nav>Menu</nav><script>var code</script><div role=dialog>Cookies</div><main>Église du village</main>"

    assert main_words(html) == {"eglise", "du", "village"}


@pytest.mark.parametrize(
    ("mobile", "desktop", "mark"),
    [
        ("https://m.exemple.fr/", "https://www.exemple.fr/", "m."),
        ("https://mobile.exemple.fr/", "https://exemple.fr/", "mobile."),
        ("https://exemple.fr/mobile", "https://exemple.fr/", "/mobile"),
        ("https://exemple.fr/?a=2&m=1", "https://exemple.fr/", "&m=1"),
        ("https://m.exemple.fr/", "https://m.exemple.fr/", None),
        ("https://exemple.fr/mobile/", "https://exemple.fr/mobile/", None),
        ("https://mairie.exemple.fr/", "https://www.exemple.fr/", None),
        ("https://exemple.fr/mobilier/", "https://exemple.fr/", None),
        ("http://[", "http://[", None),
    ],
)
def test_a_separate_site_shows_in_its_address(mobile: str, desktop: str, mark: str | None) -> None:
    assert mobile_address(mobile, desktop) == mark


@pytest.mark.parametrize(
    ("headers", "varies"),
    [(["User-Agent"], True), (["Accept-Encoding,user-agent"], True), (["Accept-Encoding"], False), ([], False)],
)
def test_vary_tells_that_the_user_agent_matters(headers: list[str], varies: bool) -> None:
    assert varies_by_user_agent(headers) is varies
