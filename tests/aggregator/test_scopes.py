"""Which populations an authority belongs to."""

import pytest

from services.aggregator.domain.scopes import all_scopes, scopes_of
from services.contracts.authorities import Authority, Kind, Zone


def commune(population: int | None, **more: object) -> Authority:
    fields = {"code": "33063", "kind": Kind.COMMUNE, "name": "B", "nature": "COM", "departement": "33", "region": "75"}
    return Authority.model_validate({**fields, "population": population, **more})


@pytest.mark.parametrize(
    ("population", "stratum", "threshold"),
    [
        (0, "stratum:lt500", "communes:lt2000"),
        (499, "stratum:lt500", "communes:lt2000"),
        (500, "stratum:500-1999", "communes:lt2000"),
        (1999, "stratum:500-1999", "communes:lt2000"),
        (2000, "stratum:2000-3499", "communes:ge2000"),
        (99_999, "stratum:50000-99999", "communes:ge2000"),
        (100_000, "stratum:ge100000", "communes:ge2000"),
    ],
)
def test_the_lower_bound_of_a_stratum_is_inside_it(population: int, stratum: str, threshold: str) -> None:
    assert set(scopes_of(commune(population))) == {"communes", "region:75", "departement:33", stratum, threshold}


def test_a_commune_of_unknown_population_is_in_no_stratum() -> None:
    assert scopes_of(commune(None)) == ("communes", "region:75", "departement:33")


def test_an_overseas_collectivity_is_outside() -> None:
    assert scopes_of(commune(26_000, zone=Zone.COM)) == ()


@pytest.mark.parametrize("nature", ["CC", "CA", "CU", "METRO", "MET69"])
def test_an_epci_is_in_the_scope_of_its_nature(nature: str) -> None:
    epci = Authority(code="243300316", kind=Kind.EPCI, name="E", nature=nature, population=800_000, departement="33")
    assert scopes_of(epci) == ("epci", f"epci:{nature}")


def test_every_region_and_departement_of_the_study_has_a_name() -> None:
    kinds = [scope.kind.value for scope in all_scopes().values()]
    assert (kinds.count("region"), kinds.count("departement"), kinds.count("stratum")) == (18, 101, 9)
    assert all_scopes()["departement:2A"].label == "Corse-du-Sud (2A)"
    assert all_scopes()["region:75"].label == "Nouvelle-Aquitaine"
