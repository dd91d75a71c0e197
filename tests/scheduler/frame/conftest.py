"""A small country that tests build on."""

from collections.abc import Callable

import pytest

from services.contracts.authorities import Authority, Kind, Zone
from services.scheduler.frame.derive import derive
from services.scheduler.frame.frame import Frame


def _commune(code: str, name: str, population: int | None, epci: str | None = None, **more: object) -> Authority:
    facts = {
        "departement": code[:2],
        "region": "75",
        "siren": "21" + code.zfill(7),
        "postal_codes": (code[:2] + "000",),
    }
    return Authority.model_validate(
        {
            "code": code,
            "kind": Kind.COMMUNE,
            "name": name,
            "nature": "COM",
            "population": population,
            "epci_siren": epci,
        }
        | facts
        | more
    )


@pytest.fixture
def commune() -> Callable[..., Authority]:
    return _commune


@pytest.fixture
def small_frame() -> Frame:
    authorities = [
        _commune("33001", "Abzac", 2000, "200070092", declared_url="http://www.exemple-abzac.fr", url_source="dila"),
        _commune("33063", "Bordeaux", 260000, "243300316"),
        _commune("33318", "Pessac", 66000, "243300316"),
        _commune("24001", "Abjat-sur-Bandiat", 600, "200070092"),
        _commune("98411", "Îles Saint-Paul", None, departement="984", region="984", zone=Zone.COM, postal_codes=()),
        Authority(code="200070092", kind=Kind.EPCI, name="CALI", nature="CA", siren="200070092"),
        Authority(code="243300316", kind=Kind.EPCI, name="Bordeaux Métropole", nature="METRO", siren="243300316"),
    ]
    derived = derive(authorities)
    return Frame(authorities=derived.authorities, source="a small country", date="2026-01-01", licence="none")
