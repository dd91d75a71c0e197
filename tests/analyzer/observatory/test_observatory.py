"""The scoring of security headers, test by test."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.observatory.headers import (
    check_cookies,
    check_cors,
    check_framing,
    check_hsts,
    check_policy,
    check_redirection,
    check_referrer,
    check_resource_policy,
    check_sniffing,
)
from services.analyzer.observatory.judge import grade, scan, score
from services.analyzer.observatory.policy import judge_policies, parse_policies
from services.analyzer.observatory.scripts import check_integrity
from services.analyzer.observatory.seen import Seen
from services.analyzer.page import Document
from services.contracts.capture import Cookie, Header, Hop, Probe, TlsRecord

NOW = datetime(2026, 11, 25, tzinfo=UTC)
URL = "https://www.saint-exemple.fr/"


def hop(url: str = URL, status: int = 200, **headers: str) -> Hop:
    given = tuple(Header(name=name.replace("_", "-"), value=value) for name, value in headers.items())
    return Hop(url=url, status=status, headers=given, at=NOW)


def seen(html: str = "", url: str = URL, cookies: tuple[Cookie, ...] = (), **headers: str) -> Seen:
    return Seen(url=url, answer=hop(url, **headers), cookies=cookies, document=Document(html, url=url, ref=None))


def clear(*urls: str, **more: object) -> Seen:
    probe = Probe(url=urls[0], hops=tuple(hop(url, 301) for url in urls))
    return Seen(url=URL, answer=hop(), clear=probe, **more)  # type: ignore[arg-type]


def cookie(name: str, **more: object) -> Cookie:
    return Cookie.model_validate({"name": name, "domain": "www.saint-exemple.fr", **more})


def test_a_plain_site_with_one_script_from_elsewhere_has_25_points() -> None:
    """The reference vector: no header, one https script without a digest."""
    outcomes = scan(seen('<script src="https://cdn.example/x.js"></script>'))
    assert (score(outcomes), grade(score(outcomes))) == (25, "D-")


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        ("default-src 'none'; script-src 'self'", "strict"),
        ("default-src 'self'", "no_unsafe"),
        ("default-src 'none'; script-src 'nonce-abc' 'unsafe-inline' 'strict-dynamic' https:", "strict"),
        ("default-src 'self'; style-src 'unsafe-inline'", "unsafe_styles"),
        ("default-src 'self'; default-src 'none'", "unsafe_styles"),
        ("default-src 'self'; script-src 'self' 'unsafe-eval'", "unsafe_eval"),
        ("default-src 'self'; img-src http:", "insecure_passive"),
        ("default-src 'self'; frame-src http://old.example", "insecure_active"),
        ("default-src 'self' 'unsafe-inline'", "unsafe_inline"),
        ("default-src 'self'; script-src data:", "unsafe_inline"),
        ("default-src 'self'; script-src https:", "unsafe_inline"),
        ("script-src 'self'", "unsafe_inline"),
        ("script-src 'self'; object-src 'none'", "unsafe_styles"),
        ("upgrade-insecure-requests", "unsafe_inline"),
        ("nonsense", "invalid"),
        ("", "invalid"),
    ],
)
def test_a_policy_is_worth_what_the_worst_of_it_lets_run(policy: str, outcome: str) -> None:
    assert judge_policies(parse_policies([policy]), secure=True) == outcome


def test_of_two_policies_the_stricter_holds() -> None:
    both = parse_policies(["default-src 'self' 'unsafe-inline', default-src 'none'"])
    assert judge_policies(both, secure=True) == "strict"


def test_a_policy_may_stand_in_the_page_or_only_report() -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'
    assert check_policy(seen(meta)) == "no_unsafe"
    assert check_policy(seen(content_security_policy_report_only="default-src 'self'")) == "report_only"
    assert check_policy(seen()) == "absent"


@pytest.mark.parametrize(
    ("cookies", "headers", "outcome"),
    [
        ((), {}, "none"),
        ((cookie("lang", secure=True),), {}, "secure"),
        ((cookie("lang", secure=True, http_only=True, same_site="Lax"),), {}, "all_protected"),
        ((cookie("lang"),), {}, "insecure"),
        ((cookie("lang"),), {"strict_transport_security": "max-age=1"}, "insecure_behind_hsts"),
        ((cookie("PHPSESSID", http_only=True),), {}, "session_insecure"),
        (
            (cookie("PHPSESSID", http_only=True),),
            {"strict_transport_security": "max-age=1"},
            "session_insecure_behind_hsts",
        ),
        ((cookie("PHPSESSID", secure=True),), {}, "session_readable"),
        ((cookie("csrftoken", secure=True),), {}, "forgeable"),
    ],
)
def test_cookies_are_told_by_their_protection(
    cookies: tuple[Cookie, ...], headers: dict[str, str], outcome: str
) -> None:
    assert check_cookies(seen(cookies=cookies, **headers)) == outcome


@pytest.mark.parametrize(
    ("urls", "outcome"),
    [
        (("http://www.saint-exemple.fr/", URL), "to_https"),
        (("http://www.saint-exemple.fr/",), "missing"),
        (("http://www.saint-exemple.fr/", "http://www.saint-exemple.fr/accueil", URL), "not_https_first"),
        (("http://www.saint-exemple.fr/", "https://saint-exemple.fr/", URL), "off_host_first"),
    ],
)
def test_a_redirection_is_judged_by_its_first_step_and_its_end(urls: tuple[str, ...], outcome: str) -> None:
    assert check_redirection(clear(*urls)) == outcome


def test_a_bad_certificate_undoes_redirection_and_hsts_but_a_missing_intermediate_does_not() -> None:
    def certificate(error: str) -> TlsRecord:
        return TlsRecord(host="www.saint-exemple.fr", handshake=True, verified=False, error=error, at=NOW)

    address = "http://www.saint-exemple.fr/"
    assert check_redirection(clear(address, URL, certificate=certificate("expired"))) == "invalid_certificate"
    assert check_redirection(clear(address, URL, certificate=certificate("incomplete_chain"))) == "to_https"
    assert check_redirection(seen()) == "no_http"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("no-referrer", "private"),
        ("unsafe-url, strict-origin", "private"),
        ("no-referrer, new-value", "private"),
        ("origin", "unsafe"),
        ("whatever", "invalid"),
    ],
)
def test_the_last_referrer_policy_that_is_known_counts(value: str, outcome: str) -> None:
    assert check_referrer(seen(referrer_policy=value)) == outcome
    assert check_referrer(seen(f'<meta name="referrer" content="{value}">')) == outcome


@pytest.mark.parametrize(
    ("html", "outcome"),
    [
        ("", "no_script"),
        ("<script src=/a.js></script><script src=https://static.saint-exemple.fr/b.js></script>", "own_scripts"),
        ("<script src=//cdn.example/a.js></script>", "external_unchecked"),
        ("<script src=http://cdn.example/a.js></script>", "insecure_unchecked"),
        ("<script src=http://cdn.example/a.js integrity=sha384-x></script>", "checked_over_http"),
        ("<script src=https://cdn.example/a.js integrity=sha384-x></script>", "all_external"),
        ("<script src='https://[bad/a.js'></script>", "own_scripts"),
    ],
)
def test_scripts_from_elsewhere_need_a_digest(html: str, outcome: str) -> None:
    assert check_integrity(seen(html)) == outcome


def test_the_other_headers_are_read_as_browsers_read_them() -> None:
    assert check_hsts(seen(url="http://www.saint-exemple.fr/")) == "no_https"
    assert check_hsts(seen(strict_transport_security="includeSubDomains")) == "invalid"
    assert check_sniffing(seen(x_content_type_options="NoSniff")) == "nosniff"
    assert check_sniffing(seen(x_content_type_options="sniff")) == "absent"
    assert check_framing(seen(content_security_policy="frame-ancestors 'none'")) == "policy"
    assert check_framing(seen(x_frame_options="ALLOW-FROM https://a.example")) == "allow_from"
    assert check_framing(seen(x_frame_options="SAMEORIGIN, SAMEORIGIN")) == "invalid"
    assert check_cors(seen(access_control_allow_origin="*")) == "closed"
    assert check_cors(seen(access_control_allow_origin="null", access_control_allow_credentials="true")) == (
        "open_with_credentials"
    )
    assert check_resource_policy(seen(cross_origin_resource_policy="same-site")) == "strict"
    assert check_resource_policy(seen(cross_origin_resource_policy="cross-origin")) == "open"
    assert check_resource_policy(seen(cross_origin_resource_policy="mine")) == "invalid"


def test_bonus_points_count_only_from_90() -> None:
    good = {**scan(seen()), "csp": "no_unsafe", "framing": "denied", "hsts": "six_months", "sniffing": "nosniff"}
    assert score(good) == 110
    assert score({**good, "hsts": "absent"}) == 80
    assert score({**good, "integrity": "insecure_unchecked", "cookies": "session_insecure", "csp": "absent"}) == 0


@given(st.text(), st.text())
def test_any_header_has_an_outcome_that_is_scored(policy: str, value: str) -> None:
    found = seen(
        content_security_policy=policy, strict_transport_security=value, referrer_policy=value, x_frame_options=value
    )
    assert score(scan(found)) >= 0
