"""What follows from the communes: facts of EPCI, mergers, EPCI that are gone."""

from collections.abc import Callable

from services.contracts.authorities import Authority, Kind
from services.scheduler.frame.derive import derive
from services.scheduler.frame.frame import Frame


def epci(siren: str, *members: str) -> Authority:
    return Authority(code=siren, kind=Kind.EPCI, name=f"CC {siren}", nature="CC", siren=siren, members=members)


def test_an_epci_lies_where_most_of_its_inhabitants_live(small_frame: Frame) -> None:
    cali = small_frame.get("200070092")
    assert (cali.population, cali.departement, cali.region) == (2600, "33", "75")
    assert (cali.members, cali.postal_codes) == (("24001", "33001"), ("24000", "33000"))
    assert small_frame.get("33001").epci_name == "CALI"


def test_an_epci_whose_communes_are_not_counted_has_no_population_rather_than_zero(
    commune: Callable[..., Authority],
) -> None:
    derived = derive([commune("33001", "Abzac", None, "200070092"), epci("200070092")])
    assert derived.authorities["200070092"].population is None


def test_a_merged_epci_takes_the_communes_of_both(commune: Callable[..., Authority]) -> None:
    derived = derive(
        [
            commune("12001", "A", 10, "241200658"),
            commune("12002", "B", 20, "241200765"),
            epci("241200658"),
            epci("241200765"),
        ]
    )
    assert set(derived.authorities) == {"12001", "12002", "994579670"}
    assert derived.authorities["994579670"].population == 30
    assert derived.authorities["12001"].epci_name == "CC du Lévézou"


def test_an_epci_that_no_commune_names_any_more_is_left_out_and_said(commune: Callable[..., Authority]) -> None:
    derived = derive([commune("33001", "Abzac", 10, "200070092"), epci("200070092"), epci("200000001", "33001")])
    assert "200000001" not in derived.authorities
    assert derived.notes == ("EPCI 200000001 (CC 200000001) has no commune left: left out",)


def test_an_epci_without_any_commune_in_the_frame_keeps_its_own_facts() -> None:
    derived = derive([epci("200000001", "33001")])
    assert derived.authorities["200000001"].members == ("33001",)


def test_an_epci_that_is_missing_is_said(commune: Callable[..., Authority]) -> None:
    assert derive([commune("33001", "Abzac", 10, "200070092")]).notes == (
        "EPCI 200070092 is named by 1 communes but is not in the frame",
    )


def test_deriving_twice_changes_nothing(small_frame: Frame) -> None:
    assert dict(derive(small_frame.authorities.values()).authorities) == dict(small_frame.authorities)
