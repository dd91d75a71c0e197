"""Host groups."""

import pytest

from services.scheduler.domain.host_groups import host_group


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
