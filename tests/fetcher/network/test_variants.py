"""The variants of a declared URL are those that a visitor may type."""

import pytest

from services.fetcher.domain.variants import url_variants


@pytest.mark.parametrize(
    ("url", "variants"),
    [
        ("https://x.fr/", ["https://x.fr/", "http://x.fr/", "https://www.x.fr/", "http://www.x.fr/"]),
        (
            "http://www.x.fr/a?b=1",
            ["http://www.x.fr/a?b=1", "https://www.x.fr/a?b=1", "https://x.fr/a?b=1", "http://x.fr/a?b=1"],
        ),
        ("http://mairie.x.fr/", ["http://mairie.x.fr/", "https://mairie.x.fr/"]),
        ("http://x.free.fr/", ["http://x.free.fr/", "https://x.free.fr/"]),
        ("http://x.wixsite.com/site", ["http://x.wixsite.com/site", "https://x.wixsite.com/site"]),
        ("https://www.facebook.com/x", ["https://www.facebook.com/x", "http://www.facebook.com/x"]),
        (
            "http://www.ville.x.fr/",
            ["http://www.ville.x.fr/", "https://www.ville.x.fr/", "https://ville.x.fr/", "http://ville.x.fr/"],
        ),
        (
            "http://x.asso.fr/",
            ["http://x.asso.fr/", "https://x.asso.fr/", "https://www.x.asso.fr/", "http://www.x.asso.fr/"],
        ),
        ("http://93.184.216.34/", ["http://93.184.216.34/", "https://93.184.216.34/"]),
        ("http://[2a01::1]/", ["http://[2a01::1]/", "https://[2a01::1]/"]),
        ("http://x.fr:8080/", ["http://x.fr:8080/", "http://www.x.fr:8080/"]),
        ("http://x.test/", ["http://x.test/", "https://x.test/", "https://www.x.test/", "http://www.x.test/"]),
        ("http://a.x.test/", ["http://a.x.test/", "https://a.x.test/"]),
        ("http://www.fr/", ["http://www.fr/", "https://www.fr/"]),
    ],
)
def test_variants_keep_the_path_and_make_sense(url: str, variants: list[str]) -> None:
    assert list(url_variants(url)) == variants
