"""Authorities: the communes and intercommunalités that are audited."""

import re
from enum import StrEnum

from pydantic import field_validator

from services.contracts.model import Record

_INSEE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_SIREN = re.compile(r"\d{9}")


class Kind(StrEnum):
    """What an authority is."""

    COMMUNE = "commune"
    EPCI = "epci"


class Zone(StrEnum):
    """Where an authority lies: metropolitan France, overseas département, overseas collectivity."""

    METRO = "metro"
    DROM = "drom"
    COM = "com"


def is_authority_code(code: str) -> bool:
    """Whether the text has the shape of an INSEE commune code or of a SIREN."""
    return bool(_INSEE.fullmatch(code) or _SIREN.fullmatch(code))


class Authority(Record):
    """One commune or EPCI as the frame knows it at a date.

    ``code`` is the INSEE code of a commune (5 characters) or the SIREN of an EPCI (9 digits).
    ``nature`` is ``COM`` for communes and ``CC``, ``CA``, ``CU``, ``METRO``, ``MET69`` for EPCI.
    ``population`` is the municipal population, None where no census exists.
    ``declared_url`` is the raw text of the directory: dirty, possibly not a URL.
    ``members`` are the INSEE codes of an EPCI's communes.
    """

    code: str
    kind: Kind
    name: str
    nature: str
    siren: str | None = None
    population: int | None = None
    departement: str | None = None
    region: str | None = None
    zone: Zone = Zone.METRO
    postal_codes: tuple[str, ...] = ()
    epci_siren: str | None = None
    epci_name: str | None = None
    declared_url: str | None = None
    url_source: str | None = None
    email_domain: str | None = None
    phone: str | None = None
    members: tuple[str, ...] = ()

    @field_validator("code")
    @classmethod
    def _check_code(cls, code: str) -> str:
        if not is_authority_code(code):
            raise ValueError(f"{code!r} is neither an INSEE code (5 characters) nor a SIREN (9 digits)")
        return code

    @property
    def in_study(self) -> bool:
        """Whether the authority belongs to the population of the study (métropole and DROM)."""
        return self.zone is not Zone.COM
