"""Looking up and filtering a frame."""

import pytest

from services.contracts.authorities import Kind
from services.contracts.errors import BadInput
from services.scheduler.frame.frame import Frame, city_of_district
from services.scheduler.frame.national import load_national_frame


@pytest.mark.parametrize("text", ["33063", " 33063 ", "33 063"])
def test_a_code_is_found_however_it_is_spaced(small_frame: Frame, text: str) -> None:
    assert small_frame.get(text).name == "Bordeaux"


@pytest.mark.parametrize(("text", "code"), [("1004", "01004"), ("2a004", "2A004")])
def test_a_code_that_a_spreadsheet_spoiled_is_found(text: str, code: str) -> None:
    assert load_national_frame().get(text).code == code


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("33064", "did you mean 33063 (Bordeaux)?"),
        ("33036", "did you mean 33063 (Bordeaux)?"),
        ("bordeaux", "did you mean 33063 (Bordeaux)?"),
        ("PESSAC", "did you mean 33318 (Pessac)?"),
        ("243300361", "did you mean 243300316 (Bordeaux Métropole)?"),
        ("???", "give an INSEE code"),
        ("", "give an INSEE code"),
    ],
)
def test_an_unknown_code_names_what_may_have_been_meant(small_frame: Frame, text: str, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        small_frame.get(text)
    assert hint in str(caught.value)


def test_an_arrondissement_leads_to_its_city() -> None:
    with pytest.raises(BadInput, match="arrondissement of Paris, give 75056"):
        load_national_frame().get("75115")
    assert city_of_district("13201") == "13055"
    assert city_of_district("69389") == "69123"
    assert city_of_district("75056") is None


def test_select_meets_every_condition(small_frame: Frame) -> None:
    def codes(**conditions: object) -> list[str]:
        return [a.code for a in small_frame.select(**conditions)]  # type: ignore[arg-type]

    assert codes(kind=Kind.EPCI) == ["200070092", "243300316"]
    assert codes(departement="33", kind=Kind.COMMUNE) == ["33001", "33063", "33318"]
    assert codes(departement="gironde", kind=Kind.EPCI) == ["200070092", "243300316"]
    assert codes(region="nouvelle-aquitaine", departement="24") == ["24001"]
    assert codes(in_study=False) == ["98411"]
    assert codes(codes=["33318", "33001", "33318"]) == ["33318", "33001"]
    assert len(codes()) == 7


def test_an_unknown_territory_is_bad_input(small_frame: Frame) -> None:
    with pytest.raises(BadInput, match="no département 'zz'"):
        small_frame.select(departement="zz")
    with pytest.raises(BadInput, match="no région '999'"):
        small_frame.select(region="999")
