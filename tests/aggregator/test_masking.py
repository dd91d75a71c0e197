"""Personal data of agents is cut out of what is published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.domain.masking import mask, masked
from services.contracts.verdicts import Evidence, EvidenceKind


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Écrire à jeanne.durand@saint-exemple.fr", "Écrire à …@saint-exemple.fr"),
        ("mairie@saint-exemple.fr", "mairie@saint-exemple.fr"),
        ("mairie.saint-exemple@wanadoo.fr", "mairie.saint-exemple@wanadoo.fr"),
        ("Tél. 06 12 34 56 78", "Tél. 06 …"),
        ("+33 (0)7.12.34.56.78", "06 …"),
        ("Tél. 05 56 00 00 00", "Tél. 05 56 00 00 00"),
        ("SIRET 213309990 00012", "SIRET 213309990 00012"),
    ],
)
def test_direct_addresses_and_mobile_phones_are_cut_out_and_those_of_services_stay(text: str, shown: str) -> None:
    assert mask(text) == shown


def test_the_evidence_of_a_person_s_name_does_not_give_it() -> None:
    proof = Evidence(kind=EvidenceKind.TEXT, url="https://a.example/?m=j.d@a.fr", snippet="Directrice : Jeanne Durand")
    assert masked(proof, "legal_director").snippet == "une personne est nommée sur cette page"
    assert masked(proof, "legal_director").url == "https://a.example/?m=…@a.fr"
    assert masked(proof, "hsts").snippet == proof.snippet


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)
