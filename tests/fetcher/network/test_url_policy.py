"""Only web URLs with a public destination are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.reasons import Reason
from services.fetcher.domain.address_policy import parse_address
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.fetcher.domain.host_names import canonical_host
from services.fetcher.domain.url_policy import WEB_PORTS, Refusal, SafeUrl, check_url, resolve_link

SAFE = {
    "http://example.fr": "http://example.fr/",
    "HTTPS://Example.FR:443/a b?q=é#x": "https://example.fr/a%20b?q=%C3%A9",
    "http://example.fr:8080/": "http://example.fr:8080/",
    "http://example.fr.:80/": "http://example.fr/",
    "https://évry.fr/": "https://xn--vry-9la.fr/",
    "http://93.184.216.34/": "http://93.184.216.34/",
    "http://[2a01:CB00::1]/x": "http://[2a01:cb00::1]/x",
    "http://a_b.example.fr/%20?a=%C3": "http://a_b.example.fr/%20?a=%C3",
    "http://example.fr\\a": "http://example.fr/a",
    " http://exa\nmple.fr/\t": "http://example.fr/",
}
REFUSED = {
    "file:///etc/passwd": Reason.UNEXPECTED_CONTENT,
    "ftp://example.fr/": Reason.UNEXPECTED_CONTENT,
    "javascript:alert(1)": Reason.UNEXPECTED_CONTENT,
    "data:text/html,x": Reason.UNEXPECTED_CONTENT,
    "//example.fr/": Reason.UNEXPECTED_CONTENT,
    "": Reason.UNEXPECTED_CONTENT,
    "http://": Reason.PROTOCOL_ERROR,
    "http://user:pass@example.fr/": Reason.PROTOCOL_ERROR,
    "http://example.fr@127.0.0.1/": Reason.PROTOCOL_ERROR,
    "http://exam ple.fr/": Reason.PROTOCOL_ERROR,
    "http://[::1/": Reason.PROTOCOL_ERROR,
    "http://a..fr/": Reason.PROTOCOL_ERROR,
    "http://-a.fr/": Reason.PROTOCOL_ERROR,
    f"http://{'a' * 64}.fr/": Reason.PROTOCOL_ERROR,
    f"http://{'a.' * 127}fr/": Reason.PROTOCOL_ERROR,
    "http://example.fr:99999/": Reason.PROTOCOL_ERROR,
    "http://example.fr:x/": Reason.PROTOCOL_ERROR,
    f"http://example.fr/{'a' * 2048}": Reason.PROTOCOL_ERROR,
    "http://2130706433/": Reason.PROTOCOL_ERROR,
    "http://0x7f.1/": Reason.PROTOCOL_ERROR,
    "http://127.1/": Reason.PROTOCOL_ERROR,
    "http://0177.0.0.1/": Reason.PROTOCOL_ERROR,
    "http://example.fr:22/": Reason.FORBIDDEN_ADDRESS,
    "http://example.fr:6379/": Reason.FORBIDDEN_ADDRESS,
    "http://example.fr:0/": Reason.FORBIDDEN_ADDRESS,
    "http://127.0.0.1/": Reason.FORBIDDEN_ADDRESS,
    "http://127.0.0.1./": Reason.FORBIDDEN_ADDRESS,
    "http://[::1]/": Reason.FORBIDDEN_ADDRESS,
    "http://[::ffff:7f00:1]/": Reason.FORBIDDEN_ADDRESS,
    "http://169.254.169.254/latest/meta-data/": Reason.FORBIDDEN_ADDRESS,
    "http://localhost/": Reason.FORBIDDEN_ADDRESS,
    "http://LOCALHOST./": Reason.FORBIDDEN_ADDRESS,
    "http://①②⑦.0.0.1/": Reason.PROTOCOL_ERROR,
}


@pytest.mark.parametrize(("url", "safe"), SAFE.items())
def test_a_web_url_is_put_in_its_safe_form(url: str, safe: str) -> None:
    assert str(check_url(url)) == safe


@pytest.mark.parametrize(("url", "reason"), REFUSED.items())
def test_any_other_url_is_refused_with_its_reason(url: str, reason: Reason) -> None:
    judged = check_url(url)
    assert isinstance(judged, Refusal), judged
    assert judged.reason is reason


def test_a_connection_rule_opens_the_port_and_the_address_it_names() -> None:
    rules = parse_connect_rules(["ville.test:3000=127.0.0.1:3000", "127.0.0.1=127.0.0.1:9"])
    assert isinstance(check_url("http://ville.test:3000/", rules), SafeUrl)
    assert isinstance(check_url("http://127.0.0.1/", rules), SafeUrl)
    assert isinstance(check_url("http://ville.test:3001/", rules), Refusal)


URL_PIECES = st.lists(
    st.sampled_from(
        [
            "http",
            "https",
            "://",
            ":",
            "//",
            "@",
            "[",
            "]",
            "%",
            "..",
            ".",
            "localhost",
            "127.0.0.1",
            "fr",
            "é",
            "%00",
            "\\",
            "?",
            "#",
            "/",
            "xn--",
            "0x7f",
            "::1",
            "\u0000",
            "\ud800",
            "80",
            " ",
            "\u3002",
        ]
    ),
    max_size=12,
).map("".join)


@given(st.one_of(st.text(max_size=60), URL_PIECES))
def test_a_safe_url_is_public_web_and_stays_what_it_is(url: str) -> None:
    judged = check_url(url)
    if isinstance(judged, SafeUrl):
        assert judged.scheme in {"http", "https"}
        assert judged.port in WEB_PORTS
        assert judged.host.isascii()
        assert judged.host == canonical_host(judged.host) != "localhost"
        assert str(judged).isprintable()
        assert check_url(str(judged)) == judged
        address = parse_address(judged.host)
        assert address is None or address.is_global


@given(st.text(max_size=30))
def test_a_host_has_one_canonical_form(host: str) -> None:
    name = canonical_host(host)
    assert name is None or canonical_host(name) == name


def test_links_are_resolved_like_a_browser_does() -> None:
    assert resolve_link("http://a.fr/x/y", "../z?q") == "http://a.fr/z?q"
    assert resolve_link("http://a.fr/", "//b.fr/") == "http://b.fr/"
    assert resolve_link("http://a.fr/", "http://[bad") is None
