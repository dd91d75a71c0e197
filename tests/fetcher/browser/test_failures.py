"""What error messages of the browser and refusals of the proxy say about a site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.failures import FailureKind
from services.fetcher.domain.browser_failures import proxy_refusal, site_failure


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://x.fr/", FailureKind.DNS_ABSENT),
        ("Page.goto: net::ERR_CONNECTION_REFUSED at http://x.fr/", FailureKind.REFUSED),
        ("Page.goto: net::ERR_CONNECTION_TIMED_OUT at http://x.fr/", FailureKind.CONNECT_TIMEOUT),
        ("Page.goto: net::ERR_TUNNEL_CONNECTION_FAILED at https://x.fr/", FailureKind.UNROUTABLE),
        ("Page.goto: net::ERR_SSL_PROTOCOL_ERROR at https://x.fr/", FailureKind.TLS_HANDSHAKE),
        ("Page.goto: net::ERR_TOO_MANY_REDIRECTS at http://x.fr/", FailureKind.REDIRECT_LOOP),
        ("Page.goto: net::ERR_UNSAFE_PORT at http://x.fr:25/", FailureKind.FORBIDDEN_ADDRESS),
        ("Page.goto: net::ERR_HTTP2_PROTOCOL_ERROR at https://x.fr/", FailureKind.MALFORMED),
        ("Page.goto: net::ERR_NEW_IN_CHROMIUM_200 at https://x.fr/", FailureKind.MALFORMED),
        ("Page.goto: Download is starting", FailureKind.NOT_A_PAGE),
        ("Page.goto: net::ERR_ABORTED at http://x.fr/a.zip", FailureKind.NOT_A_PAGE),
        ("Page.goto: net::ERR_PROXY_CONNECTION_FAILED at http://x.fr/", None),
        ("Page.goto: Connection closed while reading from the driver", None),
    ],
)
def test_a_browser_error_is_the_sites_or_ours(message: str, kind: FailureKind | None) -> None:
    assert site_failure(message) is kind


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ("forbidden_address", FailureKind.FORBIDDEN_ADDRESS),
        ("dns_failure", FailureKind.DNS_FAILURE),
        ("malformed_request", FailureKind.MALFORMED),
        ("busy", None),
        ("login", None),
    ],
)
def test_a_refusal_of_our_proxy_is_never_an_answer_of_the_site(refusal: str, kind: FailureKind | None) -> None:
    assert proxy_refusal(refusal) is kind


@given(st.text())
def test_any_message_is_judged(message: str) -> None:
    site_failure(message)
    proxy_refusal(message)
