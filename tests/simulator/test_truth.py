"""The truth of a site never contradicts itself, whatever is drawn."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.authorities import Authority
from services.contracts.verdicts import State
from services.simulator.country import assemble, build_country, draw_features
from services.simulator.draws import load_chances
from services.simulator.features import Features, Pace, Status
from services.simulator.showcase import build_showcase
from services.simulator.truth import SITE_INDICATORS, SiteTruth, truth_of
from tests.simulator.conftest import commune

STANDING = {"site_status", "has_functional_site", "has_own_domain_site", "hijacked_domain"}
ALL_INDICATORS = STANDING | {"teleservice_available", "teleservice_broad", *SITE_INDICATORS}
MAIL = {"spf", "dmarc", "mx_provider"}
MAY_NOT_APPLY = {"mixed_content", "payment_provider", "cookie_banner_reject", "franceconnect"}
"""Indicators that do not apply to every site."""
HAS_SITE = {"functional", "third_party_subdomain", "epci_hosted", "blocked"}


def truth(**values: str) -> SiteTruth:
    authority = commune(3)
    drawn = draw_features(authority, 7, {"status": "functional", **values})
    return truth_of(assemble([(authority, drawn)], 7).sites[authority.code])


@given(seed=st.integers(0, 10_000), number=st.integers(0, 3000))
@settings(max_examples=300)
def test_the_truth_of_any_site_is_consistent(seed: int, number: int) -> None:
    site = build_country([commune(number)], seed).sites[commune(number).code]
    found = truth_of(site)
    states = {name: verdict.state for name, verdict in found.verdicts.items()}
    assert set(states) == ALL_INDICATORS | (MAIL if site.authority.email_domain else set())
    has_site = found.verdicts["site_status"].value in HAS_SITE
    assert (states["has_functional_site"] is not State.NO) == has_site
    always = set(SITE_INDICATORS) - MAY_NOT_APPLY
    assert all((states[name] is State.NOT_APPLICABLE) != has_site for name in always)
    assert has_site or states["teleservice_available"] is states["teleservice_broad"] is State.NO
    assert has_site or states["has_own_domain_site"] is State.NO
    if has_site:
        basic = states["mobile_viewport_ok"] is states["mobile_no_horizontal_overflow"] is State.YES
        assert (states["mobile_basic"] is State.YES) == basic
        assert states["mobile_full"] is not State.YES or basic
        hosted = [states[f"legal_host_{part}"] for part in ("name", "address", "phone")]
        assert (states["hosting_legal_info"] is State.YES) == all(state is State.YES for state in hosted)
        assert (states["hosting_legal_info"] is State.NO) == (hosted[0] is State.NO)
        assert states["https_enforced"] is not State.NO or states["hsts"] is State.NO


def test_undetermined_is_never_the_truth_but_for_what_a_blocked_site_shows(
    make_authorities: Callable[[int, int], tuple[Authority, ...]],
) -> None:
    for site in build_showcase(make_authorities(60, 6), 7).sites.values():
        for name, verdict in truth_of(site).verdicts.items():
            if verdict.state is State.UNDETERMINED:
                assert (name, verdict.value) == ("site_status", "blocked")


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_the_value_of_site_status(status: Status) -> None:
    assert truth(status=status).verdicts["site_status"].value == status


CASES: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    ({"status": "epci_hosted"}, {"has_functional_site": "partial", "third_party_subdomain": "partial"}),
    ({"status": "third_party_subdomain"}, {"has_functional_site": "yes", "has_own_domain_site": "no"}),
    ({"status": "hijacked"}, {"hijacked_domain": "yes", "mobile_full": "not_applicable"}),
    ({"status": "none_declared"}, {"hijacked_domain": "not_applicable", "has_functional_site": "no"}),
    ({"status": "unreachable", "variant": "refused"}, {"site_status": "no"}),
    ({"status": "blocked"}, {"site_status": "undetermined", "has_functional_site": "yes", "tls_valid": "yes"}),
    ({"teleservice": "form"}, {"teleservice_available": "yes", "teleservice_broad": "yes"}),
    ({"teleservice": "state_links"}, {"teleservice_broad": "yes"}),
    ({"teleservice": "platform"}, {"teleservice_available": "yes", "citizen_account": "yes"}),
    ({"payment": "payfip"}, {"payment_online": "yes", "payment_provider": "yes", "teleservice_available": "yes"}),
    ({"payment": "none"}, {"payment_online": "no", "payment_provider": "not_applicable"}),
    ({"accessibility": "partielle"}, {"a11y_mention": "yes"}),
    ({"accessibility": "absent"}, {"a11y_mention": "no"}),
    ({"cookie_banner": "notice"}, {"cookie_banner_reject": "no"}),
    ({"cookie_banner": "none"}, {"cookie_banner_reject": "not_applicable"}),
    ({"tracker": "analytics"}, {"trackers_before_consent": "yes"}),
    ({"legal_host": "absent"}, {"hosting_risk": "yes"}),
    ({"legal_host": "complete"}, {"hosting_risk": "no"}),
    ({}, {"mobile_full": "yes", "mobile_basic": "yes", "mobile_no_plugin": "yes"}),
    ({"viewport": "none"}, {"mobile_full": "no", "mobile_no_horizontal_overflow": "no"}),
    ({"viewport": "fixed"}, {"mobile_viewport_ok": "yes", "mobile_basic": "no", "mobile_full": "no"}),
    ({"viewport": "zoom_blocked"}, {"mobile_zoom_blocked": "yes", "mobile_full": "yes"}),
    ({"overflow": "slight"}, {"mobile_full": "partial", "mobile_no_horizontal_overflow": "partial"}),
    ({"overflow": "table"}, {"mobile_full": "no", "mobile_no_horizontal_overflow": "no"}),
    ({"overflow": "clipped"}, {"mobile_clipped_content": "yes", "mobile_no_horizontal_overflow": "yes"}),
    ({"text_size": "small"}, {"mobile_legible_text": "no", "mobile_basic": "yes", "mobile_full": "partial"}),
    ({"mobile_content": "reduced"}, {"mobile_same_content": "no", "mobile_separate_site": "no"}),
    (
        {"template": "table", "mobile_content": "separate"},
        {"mobile_separate_site": "yes", "mobile_viewport_ok": "yes", "mobile_full": "partial"},
    ),
    ({"template": "table", "plugin": "flash"}, {"mobile_no_plugin": "no"}),
    ({"legal": "absent"}, {"legal_notice": "no", "legal_editor": "no", "hosting_legal_info": "no"}),
    ({"legal_host": "name"}, {"legal_notice": "yes", "hosting_legal_info": "partial", "legal_host_phone": "no"}),
    ({"legal_host": "no_address"}, {"legal_host_phone": "yes", "legal_host_address": "no"}),
    ({"legal_director": "no"}, {"legal_notice": "partial", "legal_director": "no"}),
    ({"https": "http_only"}, {"https_enforced": "no", "tls_valid": "no", "mixed_content": "not_applicable"}),
    ({"https": "both"}, {"https_enforced": "partial", "tls_valid": "yes", "mixed_content": "no"}),
    ({"https": "downgraded"}, {"https_enforced": "no", "tls_valid": "yes"}),
    ({"certificate": "expired"}, {"https_enforced": "yes", "tls_valid": "no"}),
    ({"hsts": "short"}, {"hsts": "partial"}),
    ({"hsts": "long"}, {"hsts": "yes"}),
    ({"mixed_content": "yes"}, {"mixed_content": "yes"}),
)  # fmt: skip


@pytest.mark.parametrize(("drawn", "expected"), CASES, ids=lambda case: "-".join(case.values()) or "sound")
def test_features_decide_the_states(drawn: dict[str, str], expected: dict[str, str]) -> None:
    found = truth(**drawn).verdicts
    assert {name: found[name].state.value for name in expected} == expected


def test_only_sites_that_keep_the_auditor_out_are_hidden() -> None:
    assert truth(pace=Pace.SLOW).hidden
    assert truth(status="blocked", variant="robots").hidden
    assert truth(status="unreachable", variant="tarpit").hidden
    assert not truth(status="unreachable", variant="refused").hidden
    assert not truth().hidden


def test_every_feature_a_country_draws_is_in_the_truth_file() -> None:
    written = truth().model_dump(mode="json")["features"]
    assert set(written) == set(Features.model_fields)
    assert set(load_chances().tables) <= set(written)
