"""Who is not visited, as operators type it."""

from datetime import UTC, datetime

import pytest

from services.contracts.errors import BadInput
from services.scheduler.domain.host_rules import RuleKind, is_opted_out, make_rule

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("mairie.fr", "mairie.fr"),
        ("https://www.Mairie.fr/accueil", "mairie.fr"),
        ("WWW.élan.fr", "xn--lan-9la.fr"),
        ("agenda.mairie.fr", "agenda.mairie.fr"),
    ],
)
def test_an_opt_out_is_about_a_host_however_it_is_written(text: str, host: str) -> None:
    assert make_rule(RuleKind.OPTED_OUT, text, "demande du maire", NOON).host == host


def test_a_stop_is_about_the_whole_host_group() -> None:
    assert make_rule(RuleKind.STOPPED, "agenda.mairie.fr", "en panne", NOON).host == "mairie.fr"


@pytest.mark.parametrize("address", ["51.91.236.193", "2001:41d0:301::20"])
def test_a_stop_may_be_about_the_server_of_several_hosts(address: str) -> None:
    assert make_rule(RuleKind.STOPPED, f" {address} ", "en panne", NOON).host == address


@pytest.mark.parametrize("text", ["", "mairie", "mailto:a@b.fr", "a b"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a host name"):
        make_rule(RuleKind.OPTED_OUT, text, "demande", NOON)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_rule_says_why(reason: str) -> None:
    with pytest.raises(BadInput, match="--reason"):
        make_rule(RuleKind.OPTED_OUT, "mairie.fr", reason, NOON)


@pytest.mark.parametrize(
    ("declared", "concerned"),
    [
        ("http://mairie.fr", True),
        ("www.mairie.fr/page", True),
        ("https://agenda.mairie.fr", True),
        ("https://autremairie.fr", False),
        ("https://mairie.fr.example.org", False),
        (None, False),
        ("pas de site", False),
    ],
)
def test_an_opt_out_covers_what_is_below_the_host_and_nothing_else(declared: str | None, concerned: bool) -> None:
    assert is_opted_out(declared, ["mairie.fr"]) is concerned
