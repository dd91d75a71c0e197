"""Telephones, postal codes and DNS signatures: the small readers of the classification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analyzer.classification.parking import parking_address, parking_name
from services.analyzer.classification.phones import phones_in
from services.analyzer.classification.places import place_of
from services.contracts.authorities import Authority, Kind
from services.contracts.names import DnsRecord, DnsStatus

_COMMUNE = Authority(code="33999", kind=Kind.COMMUNE, name="X", nature="COM", departement="33", postal_codes=("33480",))
_CORSICAN = Authority(
    code="2A999", kind=Kind.COMMUNE, name="X", nature="COM", departement="2A", postal_codes=("20100",)
)
_EPCI = Authority(code="243300999", kind=Kind.EPCI, name="CC X", nature="CC", members=("33999", "24001"))


@pytest.mark.parametrize(
    "text",
    [
        "05 56 00 00 00",
        "05.56.00.00.00",
        "05-56-00-00-00",
        "0556000000",
        "05 56 00 0000",
        "05/56/00/00/00",
        "+33 5 56 00 00 00",
        "+33 (0)5 56 00 00 00",
        "0033556000000",
        "tel:+33556000000",
        "Tél.:\u00a005\u00a056\u00a000\u00a000\u00a000 (mairie)",
    ],
)
def test_a_telephone_is_read_in_every_usual_spelling(text: str) -> None:
    assert list(phones_in(text)) == ["0556000000"]


@pytest.mark.parametrize("text", ["213309990 00012", "33480", "IBAN 3000 1000 6449 1900 9562 088", "12 05 56 00 00"])
def test_other_numbers_are_not_telephones(text: str) -> None:
    assert "0556000000" not in phones_in(text)


def test_an_overseas_number_is_the_same_in_both_forms() -> None:
    assert list(phones_in("+262 262 12 34 56")) == list(phones_in("02 62 12 34 56"))


@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_telephones(text: str) -> None:
    assert all(len(number) == 10 and number.startswith("0") for number in phones_in(text))


@pytest.mark.parametrize(
    ("authority", "text", "own"),
    [
        (_COMMUNE, "33480 Saint-Exemple", True),
        (_COMMUNE, "F-33480", True),
        (_COMMUNE, "33 480", True),
        (_COMMUNE, "CS 40010, 33481 Saint-Exemple cedex", True),
        (_COMMUNE, "33500 Libourne", False),
        (_COMMUNE, "133480", False),
        (_CORSICAN, "20100 Sartène", True),
        (_EPCI, "33210 Langon", True),
        (_EPCI, "24000 Périgueux", True),
        (_EPCI, "75001 Paris", False),
    ],
)
def test_an_own_postal_code_is_told_from_others(authority: Authority, text: str, *, own: bool) -> None:
    assert place_of(authority).own_code(text.lower()) is own


@pytest.mark.parametrize(("code", "elsewhere"), [("24170", True), ("33999", False), ("2417", False)])
def test_a_postal_code_of_another_departement_is_elsewhere(code: str, *, elsewhere: bool) -> None:
    assert place_of(_COMMUNE).elsewhere(code) is elsewhere


def test_dns_signatures_match_whole_labels_and_whole_ranges() -> None:
    def record(**fields: tuple[str, ...]) -> DnsRecord:
        return DnsRecord(name="www.saint-exemple.fr", status=DnsStatus.OK, **fields)

    assert parking_name(record(ns=("NS1.SedoParking.com.",))) == "NS1.SedoParking.com."
    assert parking_name(record(cname=("parkingpage.namecheap.com",)))
    assert parking_name(record(ns=("ns1.notsedoparking.com", "dns.dan.company"))) is None
    assert parking_address(record(a=("203.0.113.1", "64.190.63.9"))) == "64.190.63.9"
    assert parking_address(record(a=("64.190.64.1", "not an address"))) is None
