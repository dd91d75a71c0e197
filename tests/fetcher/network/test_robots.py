"""robots.txt decides what is read, and a file that cannot be read forbids (RFC 9309)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.capture import Hop, Probe
from services.contracts.reasons import Reason
from services.fetcher.domain.retry import may_pass
from services.fetcher.domain.robots import MAX_BYTES, read_robots, robots_url

HOME = "https://x.fr/"
TOKEN = "CommuneAudit"


def probe(status: int | None = 200, failure: Reason | None = None) -> Probe:
    hops = () if status is None else (Hop(url=HOME + "robots.txt", status=status, at=datetime(2026, 1, 1, tzinfo=UTC)),)
    return Probe(url=HOME + "robots.txt", hops=hops, failure=failure)


@pytest.mark.parametrize(
    ("body", "url", "allowed"),
    [
        ("", "/", True),
        ("User-agent: *\nDisallow: /", "/", False),
        ("User-agent: *\nDisallow:", "/", True),
        ("User-agent: *\nDisallow: /admin", "/", True),
        ("User-agent: *\nDisallow: /admin", "/admin/x", False),
        ("user-agent: communeaudit\ndisallow: /\n\nUser-agent: *\nDisallow:", "/", False),
        ("User-agent: CommuneAudit\nAllow: /\n\nUser-agent: *\nDisallow: /", "/", True),
        ("User-agent: OtherBot\nDisallow: /", "/", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf", False),
        ("User-agent: *\nDisallow: /*?", "/x?y=1", False),
        ("User-agent: *\nDisallow: /é", "/%C3%A9", False),
        ("\ufeffUser-agent: *\r\nDisallow: /", "/", False),
        ("<html><body>Accueil</body></html>", "/", True),
    ],
)
def test_the_group_and_the_longest_rule_decide(body: str, url: str, *, allowed: bool) -> None:
    rules = read_robots(probe(), body.encode(), TOKEN)
    assert rules.allowed("https://x.fr" + url) is allowed


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 429, 451])
def test_an_absent_or_refused_file_allows_everything(status: int) -> None:
    rules = read_robots(probe(status), b"User-agent: *\nDisallow: /", TOKEN)
    assert rules.allowed(HOME)
    assert rules.record(HOME).failure is None


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (probe(500), Reason.SERVER_ERROR),
        (probe(503), Reason.SERVER_ERROR),
        (probe(None, Reason.TIMEOUT), Reason.TIMEOUT),
        (probe(None, Reason.UNREACHABLE), Reason.UNREACHABLE),
    ],
)
def test_an_unreachable_file_forbids_everything_but_itself(answer: Probe, failure: Reason) -> None:
    rules = read_robots(answer, b"", TOKEN)
    assert not rules.allowed(HOME)
    assert rules.allowed(HOME + "robots.txt")
    record = rules.record(HOME)
    assert (record.home_allowed, record.failure) == (False, failure)
    assert may_pass(record.failure, record.status)


def test_endless_redirects_are_an_absent_file() -> None:
    assert read_robots(probe(301, Reason.REDIRECT_LOOP), b"", TOKEN).allowed(HOME)


def test_the_record_says_pace_and_sitemaps() -> None:
    body = b"User-agent: *\nCrawl-delay: 2.5\nDisallow: /x\nSitemap: https://x.fr/s.xml\nSitemap: https://x.fr/s.xml\n"
    record = read_robots(probe(), body, TOKEN).record(HOME)
    assert (record.url, record.status, record.home_allowed) == (HOME + "robots.txt", 200, True)
    assert (record.crawl_delay, record.sitemaps) == (2.5, ("https://x.fr/s.xml",))


def test_what_lies_behind_500_kilobytes_is_ignored() -> None:
    body = b"User-agent: *\nDisallow: /a\n" + b"#" * MAX_BYTES + b"\nDisallow: /b\n"
    rules = read_robots(probe(), body, TOKEN)
    assert not rules.allowed(HOME + "a")
    assert rules.allowed(HOME + "b")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_file_gives_rules_for_any_url(body: bytes, path: str) -> None:
    assert read_robots(probe(), body, TOKEN).allowed(HOME + path) in {True, False}


def test_there_is_one_file_for_each_scheme_host_and_port() -> None:
    assert robots_url("http://x.fr:8080/a/b?c") == "http://x.fr:8080/robots.txt"
