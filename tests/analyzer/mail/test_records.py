"""SPF and DMARC as receivers read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.mail.records import DMARC_VALUES, SPF_VALUES, dmarc_of, spf_of
from services.contracts.mail import TextAnswer
from services.contracts.names import DnsStatus


def answer(*texts: str) -> TextAnswer:
    return TextAnswer(name="saint-exemple.fr", status=DnsStatus.OK, texts=texts)


@pytest.mark.parametrize(
    ("record", "value"),
    [
        ("v=spf1 mx -all", "strict"),
        ("v=spf1 include:a.example ~all", "soft"),
        ("v=spf1 ip4:203.0.113.0/24 all", "permissive"),
        ("v=spf1 +all", "permissive"),
        ("v=spf1 a mx", "permissive"),
        ("v=spf1 redirect=_spf.example", None),
        ("v=spf1 " + "include:a.example " * 11 + "-all", "invalid"),
        ("v=spf1 " + "ip4:203.0.113.1 " * 40 + "-all", "strict"),
    ],
)
def test_the_end_of_an_spf_record_decides(record: str, value: str | None) -> None:
    assert spf_of(answer(record)) == value


@pytest.mark.parametrize(
    ("record", "policy", "weak"),
    [
        ("v=dmarc1; p=reject", "reject", False),
        ("v=dmarc1;p=quarantine;", "quarantine", False),
        ("v=dmarc1; p=quarantine; pct=99", "quarantine", True),
        ("v=dmarc1; p=none", "none", True),
        ("v=dmarc1; p=reject; pct=10", "reject", False),
    ],
)
def test_a_dmarc_policy_is_weak_when_forged_mail_gets_through(record: str, policy: str, weak: bool) -> None:
    found = dmarc_of(answer(record))
    assert found is not None
    assert (found.policy, found.weak) == (policy, weak)


def test_a_dmarc_record_that_receivers_ignore_is_none() -> None:
    assert dmarc_of(answer("v=dmarc1")) is None
    assert dmarc_of(answer("v=dmarc1; p=everything")) is None
    assert dmarc_of(answer()) is None


@given(st.lists(st.text(), max_size=3))
def test_any_records_are_read(texts: list[str]) -> None:
    assert spf_of(answer(*texts)) in (*SPF_VALUES, None)
    found = dmarc_of(answer(*texts))
    assert found is None or found.policy in DMARC_VALUES
