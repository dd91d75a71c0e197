"""Denominators, rule-set versions and the reason of an unmeasured audit."""

import re
from pathlib import Path

import pytest

from services.analyzer.rules import current_rule_set, evaluate, unmeasured_reason
from services.contracts.reasons import Reason
from services.contracts.verdicts import Denominator, State, Verdict, release_of
from services.runtime.artefacts import FolderArtefactStore
from tests.analyzer.fixtures import Table, build_site

_DEAD: Table = {"captured": False, "dns": [{"name": "www.saint-exemple.fr", "status": "nxdomain"}]}
_ROBOTS: Table = {"captured": False, "failure": "robots"}


def _verdicts(table: Table, folder: Path) -> dict[str, Verdict]:
    return {verdict.indicator: verdict for verdict in evaluate(build_site(table, FolderArtefactStore(folder)))}


def _below(denominator: Denominator) -> list[str]:
    return [spec.id for spec in current_rule_set().indicators if spec.denominator is denominator]


def test_without_a_functional_site_what_describes_sites_is_not_applicable(tmp_path: Path) -> None:
    verdicts = _verdicts(_DEAD, tmp_path)
    assert {verdicts[name].state for name in _below(Denominator.SITE)} == {State.NOT_APPLICABLE}
    assert verdicts["https_enforced"].reasons == ("no_functional_site", "dns_dead")


def test_when_the_site_is_undetermined_so_is_all_that_describes_it_with_the_same_reason(tmp_path: Path) -> None:
    verdicts = _verdicts(_ROBOTS, tmp_path)
    assert {verdicts[name].state for name in _below(Denominator.SITE)} == {State.UNDETERMINED}
    assert verdicts["https_enforced"].reasons == ("site_undetermined", "robots")


OF_THE_MAIL = {"email_domain_class", "spf", "dmarc", "dkim_found", "mx_provider", "mx_in_eu", "ipv6_mail"} | {
    f"rpnt_2_{number}" for number in range(2, 9)
}
"""Indicators that ask something of an e-mail address."""


def test_without_a_declared_address_only_the_indicators_of_all_authorities_apply(tmp_path: Path) -> None:
    unknown = {"phone": "", "email_domain": ""}
    verdicts = _verdicts({"declared_url": "  ", "authority": unknown}, tmp_path)
    for name in _below(Denominator.ALL):
        expected = State.NOT_APPLICABLE if name in OF_THE_MAIL else State.NO
        assert verdicts[name].state is (State.PARTIAL if name == "payment_legal_status" else expected), name
    for denominator in (Denominator.SITE, Denominator.DECLARED):
        assert {verdicts[name].state for name in _below(denominator)} == {State.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("table", "reason"),
    [({}, None), (_DEAD, None), (_ROBOTS, Reason.ROBOTS), ({"failure": "browser_crash"}, Reason.BROWSER_CRASH)],
)
def test_an_audit_is_unmeasured_only_when_the_site_could_not_be_judged(
    table: Table, reason: Reason | None, tmp_path: Path
) -> None:
    assert unmeasured_reason(build_site(table, FolderArtefactStore(tmp_path))) is reason


def test_the_rule_set_has_an_ordered_version_and_describes_every_indicator(tmp_path: Path) -> None:
    rule_set = current_rule_set()
    assert re.fullmatch(r"r\d+-[0-9a-f]{8}", rule_set.version)
    assert release_of(rule_set.version) >= 1
    assert {spec.id for spec in rule_set.indicators} == set(_verdicts({}, tmp_path))


def test_the_same_capture_gives_the_same_verdicts(tmp_path: Path) -> None:
    assert _verdicts({}, tmp_path / "one") == _verdicts({}, tmp_path / "two")
