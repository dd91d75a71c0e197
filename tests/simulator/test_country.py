"""The country is decided by its seed, follows its chances, and knows no neighbours."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.authorities import Authority, Kind
from services.contracts.declared_url import UrlProblem, normalise_declared_url
from services.contracts.hosts import host_of
from services.simulator.coherence import cohere
from services.simulator.country import VARIANTS, build_country
from services.simulator.draws import load_chances, unit, weighted
from services.simulator.features import Features, Https, Status
from services.simulator.names import epci_domain
from services.simulator.selection import choose_authorities
from services.simulator.showcase import build_showcase

Make = Callable[[int, int], tuple[Authority, ...]]


def test_the_same_seed_gives_the_same_country(make_authorities: Make) -> None:
    people = make_authorities(60, 10)
    assert build_country(people, 7).sites == build_country(people, 7).sites
    assert build_country(people, 7).sites != build_country(people, 8).sites


def test_another_authority_changes_no_other_site(make_authorities: Make) -> None:
    people = make_authorities(200, 20)
    whole = build_country(people, 7).sites
    part = build_country(people[::3], 7).sites
    assert all(whole[code].features == site.features for code, site in part.items())
    assert all(whole[code].authority.phone == site.authority.phone for code, site in part.items())


def test_host_names_are_unique_and_can_exist(make_authorities: Make) -> None:
    country = build_country(make_authorities(1500, 70), 3)
    addresses = [site.address for site in country.sites.values() if site.address]
    assert len(addresses) == len(set(addresses))
    labels = [label for address in addresses for label in address.host.split(".")]
    assert all(0 < len(label) <= 63 and label.isascii() and label == label.lower() for label in labels)


def test_the_chances_of_every_line_add_up_to_one() -> None:
    for feature, table in load_chances().tables.items():
        for group, weights in table.items():
            assert sum(weights.values()) == pytest.approx(1), (feature, group)


def test_every_drawn_value_is_one_the_features_know() -> None:
    for feature, table in load_chances().tables.items():
        for weights in table.values():
            for value in weights:
                known = "page" if value == "present" else value
                assert Features.model_validate({feature: known}), feature


def test_every_kind_of_authority_has_chances_for_every_feature(make_authorities: Make) -> None:
    chances = load_chances()
    for authority in make_authorities(11, 1):
        assert all(chances.draw(name, authority, 1) for name in chances.tables)


def test_a_large_country_follows_its_chances(small_communes: tuple[Authority, ...]) -> None:
    country = build_country(small_communes, 2018)
    counts = Counter(site.features.status.value for site in country.sites.values())
    expected = load_chances().weights("status", "small")
    for status, share in expected.items():
        assert counts[status] / len(small_communes) == pytest.approx(share, abs=0.025), status


def test_about_one_small_commune_in_two_has_no_site(small_communes: tuple[Authority, ...]) -> None:
    country = build_country(small_communes, 5)
    without = sum(not site.features.has_site for site in country.sites.values())
    assert 0.45 < without / len(small_communes) < 0.52


@pytest.mark.parametrize("form", ["clean", "home_page", "no_scheme", "upper", "spaces", "no_www"])
def test_addresses_declared_in_any_form_lead_to_the_site(form: str, make_authorities: Make) -> None:
    country = build_country(make_authorities(600, 40), 7)
    found = [s for s in country.sites.values() if s.address and s.features.declared == form]
    assert found
    for site in found:
        read = normalise_declared_url(site.authority.declared_url)
        assert read.url
        assert country.by_host[host_of(read.url)].address is not None


def test_where_nothing_is_declared_no_url_can_be_read(make_authorities: Make) -> None:
    country = build_country(make_authorities(400, 0), 7)
    undeclared = [s for s in country.sites.values() if s.features.status is Status.NONE_DECLARED]
    problems = {normalise_declared_url(site.authority.declared_url).problem for site in undeclared}
    assert problems == {UrlProblem.NONE_DECLARED, UrlProblem.EMAIL}


def test_a_site_that_answers_on_both_schemes_is_declared_with_one(make_authorities: Make) -> None:
    for site in build_country(make_authorities(900, 0), 7).sites.values():
        if site.features.has_site and site.features.https is Https.BOTH:
            assert (site.authority.declared_url or "").startswith("https://")


def test_an_intercommunality_s_domain_comes_from_its_name() -> None:
    assert epci_domain("CC du Pays d'Ambert") == "cc-pays-d-ambert.fr"
    assert epci_domain("Métropole de Lyon") == "metropole-lyon.fr"
    assert epci_domain("Communauté urbaine d'Arras") == "cu-arras.fr"


def test_a_selection_has_every_stratum_and_some_intercommunalities(make_authorities: Make) -> None:
    people = make_authorities(2000, 60)
    chosen = choose_authorities(people, 60, 7)
    assert len(chosen) == len({a.code for a in chosen}) == 60
    assert sum(a.kind is Kind.EPCI for a in chosen) == 6
    assert len({load_chances().group_of(a) for a in chosen}) == 4
    assert chosen == choose_authorities(people, 60, 7)
    assert len(choose_authorities(people[:5], 60, 7)) == 5


def test_sixty_authorities_show_every_status_variant_and_value(make_authorities: Make) -> None:
    country = build_showcase(make_authorities(60, 0), 7)
    features = [site.features for site in country.sites.values()]
    assert {f.status for f in features} == set(Status)
    assert {(f.status, f.variant) for f in features} >= {(s, v) for s, known in VARIANTS.items() for v in known}
    for name, table in load_chances().tables.items():
        values = {"page" if value == "present" else value for weights in table.values() for value in weights}
        real = [f for f in features if f.has_site] if name != "status" else features
        shown = {"yes" if v is True else "no" if v is False else v for f in real if (v := getattr(f, name)) != ""}
        assert values <= {str(value) for value in shown} | {"section"}, name


@given(seed=st.integers(), code=st.text(max_size=9), feature=st.text(max_size=9))
def test_a_draw_is_a_number_from_zero_to_one(seed: int, code: str, feature: str) -> None:
    assert 0 <= unit(seed, code, feature) < 1
    assert unit(seed, code, feature) == unit(seed, code, feature)


@given(position=st.floats(0, 1, exclude_max=True), weights=st.lists(st.floats(0.01, 1), min_size=1, max_size=6))
def test_a_weighted_choice_is_one_of_the_values(position: float, weights: list[float]) -> None:
    table = {str(index): weight for index, weight in enumerate(weights)}
    assert weighted(table, position) in table
    assert weighted({"never": 0.0, "always": 1.0}, position) == "always"


def values_of(name: str) -> st.SearchStrategy[str]:
    table = load_chances().tables[name]
    found = sorted({value for weights in table.values() for value in weights})
    return st.sampled_from(["page" if value == "present" else value for value in found])


ANY_FEATURES = st.fixed_dictionaries({name: values_of(name) for name in load_chances().tables})


@given(values=ANY_FEATURES)
@settings(max_examples=200)
def test_features_made_coherent_stay_as_they_are(values: dict[str, str]) -> None:
    features = cohere(Features.model_validate(values))
    assert cohere(features) == features
