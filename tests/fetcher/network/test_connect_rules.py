"""Connection overrides say where to connect, and bad ones say what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import BadInput
from services.fetcher.domain.connect_rules import parse_connect_rules


@pytest.mark.parametrize(
    ("rules", "host", "port", "target"),
    [
        (["a.fr=127.0.0.1:80"], "a.fr", 443, ("127.0.0.1", 80)),
        (["a.fr:443=127.0.0.1:8443"], "a.fr", 443, ("127.0.0.1", 8443)),
        (["a.fr:443=127.0.0.1:8443"], "a.fr", 80, None),
        (["A.fr.=127.0.0.1:80"], "a.fr", 80, ("127.0.0.1", 80)),
        (["évry.fr=127.0.0.1:80"], "xn--vry-9la.fr", 80, ("127.0.0.1", 80)),
        (["a.fr=127.0.0.1:80"], "b.a.fr", 80, None),
        (["*=127.0.0.1:80"], "any.thing", 1, ("127.0.0.1", 80)),
        (["*:80=127.0.0.1:1", "*:443=127.0.0.1:2"], "any.thing", 443, ("127.0.0.1", 2)),
        (["*.test=127.0.0.1:80"], "a.b.test", 80, ("127.0.0.1", 80)),
        (["*.test=127.0.0.1:80"], "test", 80, None),
        (["*.test=127.0.0.1:80"], "a.nottest", 80, None),
        (["a.fr=[::1]:8080"], "a.fr", 80, ("::1", 8080)),
        (["[::1]:80=[::1]:8080"], "::1", 80, ("::1", 8080)),
        (["a.fr=localhost:80"], "a.fr", 80, ("127.0.0.1", 80)),
        (["a.fr=127.0.0.1:1", "*=127.0.0.1:2"], "a.fr", 80, ("127.0.0.1", 1)),
        (["*=127.0.0.1:2", "a.fr=127.0.0.1:1"], "a.fr", 80, ("127.0.0.1", 2)),
        ([], "a.fr", 80, None),
    ],
)
def test_the_first_rule_that_matches_decides(
    rules: list[str], host: str, port: int, target: tuple[str, int] | None
) -> None:
    rule = parse_connect_rules(rules).match(host, port)
    assert (rule and (rule.to_address, rule.to_port)) == target


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "a.fr",
        "a.fr=",
        "=127.0.0.1:80",
        "a.fr=127.0.0.1",
        "a.fr=b.fr:80",
        "a.fr=::1:80",
        "a.fr=127.0.0.1:0",
        "a.fr=127.0.0.1:70000",
        "a.fr:0=127.0.0.1:1",
        "a b=127.0.0.1:1",
        "a.*.fr=127.0.0.1:1",
        "http://a.fr=1.2.3.4:1",
    ],
)
def test_a_bad_rule_is_named_with_its_fix(rule: str) -> None:
    with pytest.raises(BadInput, match="write") as caught:
        parse_connect_rules([rule])
    assert repr(rule) in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_a_rule_or_bad_input(text: str) -> None:
    try:
        parse_connect_rules([text])
    except BadInput:
        return


def test_the_addresses_of_a_host_are_those_of_all_its_rules() -> None:
    rules = parse_connect_rules(["a.fr:80=127.0.0.1:1", "a.fr:443=127.0.0.1:2", "*=127.0.0.2:3"])
    assert rules.addresses("a.fr") == ("127.0.0.1", "127.0.0.2")
