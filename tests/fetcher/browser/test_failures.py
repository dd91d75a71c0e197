"""What error messages of the browser and refusals of the proxy say about a site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.reasons import Reason
from services.fetcher.domain.browser_failures import proxy_refusal, site_failure


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://x.fr/", Reason.DNS_FAILURE),
        ("Page.goto: net::ERR_CONNECTION_REFUSED at http://x.fr/", Reason.UNREACHABLE),
        ("Page.goto: net::ERR_CONNECTION_TIMED_OUT at http://x.fr/", Reason.TIMEOUT),
        ("Page.goto: net::ERR_TUNNEL_CONNECTION_FAILED at https://x.fr/", Reason.UNREACHABLE),
        ("Page.goto: net::ERR_SSL_PROTOCOL_ERROR at https://x.fr/", Reason.TLS_FAILURE),
        ("Page.goto: net::ERR_TOO_MANY_REDIRECTS at http://x.fr/", Reason.REDIRECT_LOOP),
        ("Page.goto: net::ERR_UNSAFE_PORT at http://x.fr:25/", Reason.FORBIDDEN_ADDRESS),
        ("Page.goto: net::ERR_HTTP2_PROTOCOL_ERROR at https://x.fr/", Reason.PROTOCOL_ERROR),
        ("Page.goto: net::ERR_NEW_IN_CHROMIUM_200 at https://x.fr/", Reason.PROTOCOL_ERROR),
        ("Page.goto: Download is starting", Reason.UNEXPECTED_CONTENT),
        ("Page.goto: net::ERR_ABORTED at http://x.fr/a.zip", Reason.UNEXPECTED_CONTENT),
        ("Page.goto: net::ERR_PROXY_CONNECTION_FAILED at http://x.fr/", None),
        ("Page.goto: Connection closed while reading from the driver", None),
    ],
)
def test_a_browser_error_is_the_sites_or_ours(message: str, reason: Reason | None) -> None:
    assert site_failure(message) is reason


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ("forbidden_address", Reason.FORBIDDEN_ADDRESS),
        ("dns_failure", Reason.DNS_FAILURE),
        ("malformed_request", Reason.PROTOCOL_ERROR),
        ("busy", None),
        ("login", None),
    ],
)
def test_a_refusal_of_our_proxy_is_never_an_answer_of_the_site(refusal: str, reason: Reason | None) -> None:
    assert proxy_refusal(refusal) is reason


@given(st.text())
def test_any_message_is_judged(message: str) -> None:
    site_failure(message)
    proxy_refusal(message)
