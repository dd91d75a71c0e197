"""Host names and shared platforms."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.hosts import PlatformCategory, host_of, platform_of, registrable_domain, same_site


@pytest.mark.parametrize(
    ("host", "suffix"),
    [
        ("mairie-x.free.fr", "free.fr"),
        ("free.fr", "free.fr"),
        ("maisonfree.fr", None),
        ("sites.google.com", "sites.google.com"),
        ("www.google.com", None),
        ("mairie-tudeils.fr", None),
        ("ville.github.io", "github.io"),
        ("www.bordeaux.fr", None),
        ("WWW.Facebook.com.", "facebook.com"),
    ],
)
def test_platforms_match_on_whole_labels(host: str, suffix: str | None) -> None:
    platform = platform_of(host)
    assert (platform.suffix if platform else None) == suffix


def test_a_domain_whose_customers_are_separate_is_a_platform_even_when_we_do_not_list_it() -> None:
    platform = platform_of("ville.netlify.app")
    assert platform is not None
    assert platform.category is PlatformCategory.PRIVATE_SUFFIX


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("www.a.fr", "a.fr", True),
        ("www.a.fr", "services.a.fr", True),
        ("a.fr", "b.fr", False),
        ("a.free.fr", "b.free.fr", False),
        ("a.free.fr", "www.a.free.fr", True),
        ("192.0.2.1", "192.0.2.1", True),
    ],
)
def test_two_hosts_are_one_site_when_one_owner_has_both(first: str, second: str, *, same: bool) -> None:
    assert same_site(first, second) is same


@pytest.mark.parametrize(
    ("url", "host"), [("https://Www.X.fr:8443/a", "www.x.fr"), ("http://[bad", ""), ("mairie", ""), ("//x.fr.", "x.fr")]
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text(max_size=60))
def test_no_text_breaks_host_reading(text: str) -> None:
    host = host_of(text)
    registrable_domain(host)
    platform_of(host)


def test_the_platform_table_is_sorted_sourced_and_without_repetition() -> None:
    table = tomllib.loads(files("services.contracts").joinpath("platforms.toml").read_text(encoding="utf-8"))
    suffixes = [suffix for row in table["platforms"] for suffix in row["suffixes"]]
    assert len(suffixes) == len(set(suffixes))
    for row in table["platforms"]:
        assert row["source"]
        assert row["suffixes"] == sorted(row["suffixes"])
