"""Host groups."""

import pytest

from services.scheduler.domain.host_groups import address_group, declared_host, host_group


@pytest.mark.parametrize(
    ("declared", "group"),
    [
        ("https://www.libourne.fr/accueil", "libourne.fr"),
        ("www.libourne.fr", "libourne.fr"),
        ("http://mairie-x.free.fr", "free.fr"),
        ("https://www.intramuros.org/x", "intramuros.org"),
        ("https://ville.github.io", "github.io"),
        ("mairie@libourne.fr", None),
        ("", None),
        (None, None),
        ("http://192.0.2.1/", "192.0.2.1"),
    ],
)
def test_sites_that_share_a_host_share_a_group(declared: str | None, group: str | None) -> None:
    assert host_group(declared) == group


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("51.91.236.193", "51.91.236.193"),
        ("2001:41D0:0301::20", "2001:41d0:301::20"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("192.168.1.1", None),
        ("100.64.0.1", None),
        ("169.254.169.254", None),
        ("::1", None),
        ("fe80::1", None),
        ("fd00::1", None),
        ("::ffff:127.0.0.1", None),
        ("224.0.1.1", None),
        ("51.91.236.193:443", None),
        ("www.mairie.fr", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_public_address_groups_sites(address: str | None, group: str | None) -> None:
    assert address_group(address) == group


def test_an_address_is_learned_for_the_host_of_the_declared_url() -> None:
    assert declared_host("HTTPS://WWW.Mairie.fr:443/accueil") == "www.mairie.fr"
    assert declared_host("mairie@wanadoo.fr") is None
    assert declared_host(None) is None
