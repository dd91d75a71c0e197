"""Authorities of every kind and size, without the national frame."""

from collections.abc import Callable

import pytest

from services.contracts.authorities import Authority, Kind

NAMES = (
    "Ambert", "Le Mans", "Les Mées", "La Rochelle", "L'Haÿ-les-Roses", "Saint-Étienne-du-Bois", "Œting", "Y",
    "Hérouvillette", "Châteauneuf-sur-Loire", "Pont-l'Évêque", "Aÿ-Champagne",
)  # fmt: skip
POPULATIONS = (80, 320, 900, 1800, 2600, 4200, 7000, 15_000, 42_000, 78_000, 250_000)


def commune(number: int, population: int | None = None) -> Authority:
    return Authority(
        code=f"{1 + number // 900:02d}{1 + number % 900:03d}",
        kind=Kind.COMMUNE,
        name=f"{NAMES[number % len(NAMES)]}",
        nature="COM",
        population=POPULATIONS[number % len(POPULATIONS)] if population is None else population,
        departement=f"{1 + number // 900:02d}",
        region="84",
        postal_codes=(f"{1 + number // 900:02d}{number % 900:03d}",),
        epci_siren=f"2000{number % 70:05d}",
        epci_name=f"CC du Val de Vaux {number % 70}",
    )


def epci(number: int) -> Authority:
    return Authority(
        code=f"2000{number:05d}",
        kind=Kind.EPCI,
        name=f"CC du Val de Vaux {number}",
        nature="CC",
        population=9000 + number,
        departement="63",
        region="84",
        postal_codes=("63600",),
    )


def authorities(communes: int, epcis: int) -> tuple[Authority, ...]:
    return tuple(commune(n) for n in range(communes)) + tuple(epci(n) for n in range(epcis))


@pytest.fixture(scope="session")
def make_authorities() -> Callable[[int, int], tuple[Authority, ...]]:
    return authorities


@pytest.fixture(scope="session")
def small_communes() -> tuple[Authority, ...]:
    return tuple(commune(n, population=700) for n in range(4000))
