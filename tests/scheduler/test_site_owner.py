"""Whose site a URL belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.authorities import Authority, Kind
from services.scheduler.domain.site_owner import owners

SITES = {
    "33001": "https://www.un.fr",
    "33002": "http://WWW.deux.fr/index.php",
    "33003": "http://cc.fr/villages/trois/",
    "33004": "cc.fr/villages/quatre",
    "33005": "https://www.facebook.com/mairie.cinq",
    "33006": "https://commun.fr/",
    "33007": "commun.fr",
    "33008": "https://mairie-huit.free.fr",
    "33009": None,
    "33010": "mairie@dix.fr",
    "33011": "https://école-onze.fr/",
    "243300316": "https://www.cc.fr",
}
EVERYONE = [
    Authority(code=code, kind=Kind.COMMUNE if len(code) == 5 else Kind.EPCI, name=code, nature="COM", declared_url=url)
    for code, url in SITES.items()
]


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://un.fr/", {"33001"}),
        ("http://www.un.fr/contact?page=1", {"33001"}),
        ("http://deux.fr/mairie/", {"33002"}),
        ("https://cc.fr/", {"243300316"}),
        ("https://cc.fr/agenda", {"243300316"}),
        ("https://cc.fr/villages/trois", {"33003"}),
        ("https://www.cc.fr/villages/quatre/ecole.html", {"33004"}),
        ("https://cc.fr/villages/trois-bis", {"243300316"}),
        ("https://www.facebook.com/mairie.cinq", {"33005"}),
        ("https://www.facebook.com/mairie.cinquante", set()),
        ("https://www.facebook.com/", set()),
        ("https://www.commun.fr/", {"33006", "33007"}),
        ("https://mairie-huit.free.fr/x", {"33008"}),
        ("https://mairie-neuf.free.fr/", set()),
        ("https://xn--cole-onze-93a.fr/", {"33011"}),
        ("https://autre.fr/", set()),
        ("https://dix.fr/", set()),
    ],
)
def test_a_url_belongs_to_who_declares_the_site_it_is_on(url: str, codes: set[str]) -> None:
    assert {authority.code for authority in owners(url, EVERYONE)} == codes


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    assert set(owners(text, EVERYONE)) <= set(EVERYONE)


@given(st.sampled_from([a for a in EVERYONE if a.declared_url and "@" not in a.declared_url]))
def test_a_declared_url_leads_to_who_declared_it(authority: Authority) -> None:
    assert authority.declared_url is not None
    assert authority in owners(authority.declared_url, EVERYONE)
