"""The table of hostile sites: what each does, how its audit must end, and what that may cost."""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import ConfigDict, Field

from services.contracts.authorities import Authority, Kind
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.contracts.verdicts import State

SUFFIX = "hostile.example"
"""Every case is a host below this name (RFC 2606: it exists nowhere)."""


_LONG = 65_536


class Tls(StrEnum):
    """How a case answers a TLS handshake."""

    VALID = "valid"
    EXPIRED = "expired"
    SELF_SIGNED = "self_signed"
    WRONG_HOST = "wrong_host"
    INCOMPLETE = "incomplete"
    WEAK = "weak"
    """TLS 1.1 at most."""
    CLIENT_CERTIFICATE = "client_certificate"
    """Refuses whoever shows no certificate."""


class _Row(Record):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ending(_Row):
    """How an audit must end: the state of ``has_functional_site``, the site's status, why it is unmeasured."""

    state: State
    status: str | None = None
    reason: Reason | None = None


class Budget(_Row):
    """What one audit may cost at most: seconds, and requests and bytes as the corpus itself counted them."""

    seconds: float
    requests: int
    sent_bytes: int
    stored_bytes: int


class Case(_Row):
    """One hostile site.

    The home page is ``handler``'s answer, else ``pages/<page or name>.html`` under ``status`` and ``headers``.
    ``{host}`` stands for the case's host in ``url``, ``{long}`` for 64 KB. ``verdicts`` are those of its indicators
    that rightly differ from the calm site's; all others are the same or undetermined. ``or_unseen`` are reasons
    for which a slower or smaller machine may see nothing of it.
    """

    name: str
    attack: str
    expect: Ending
    budget: Budget
    url: str = "http://{host}/"
    host: str = ""
    page: str = ""
    handler: str = ""
    status: int = 200
    headers: tuple[str, ...] = ("Content-Type: text/html; charset=utf-8",)
    tls: Tls = Tls.VALID
    verdicts: dict[str, State] = Field(default_factory=dict)
    or_unseen: tuple[Reason, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names under which the case answers, in ASCII and lower case."""
        return (self.host or f"{self.name}.{SUFFIX}",)

    @property
    def declared_url(self) -> str:
        """The address that the directory declares."""
        return self.url.replace("{host}", self.hosts[0]).replace("{long}", "a" * _LONG)


@cache
def load_cases() -> tuple[Case, ...]:
    """Return the cases in the order of the table. A value that a row leaves out of its budget is the default's."""
    found: list[Case] = []
    for entry in sorted(files(__package__).joinpath("cases").iterdir(), key=lambda item: item.name):
        table = tomllib.loads(entry.read_text(encoding="utf-8"))
        found += [Case.model_validate(row | {"budget": _budget(row)}) for row in table["case"]]
    return tuple(found)


def _budget(row: dict[str, object]) -> dict[str, object]:
    own = row.get("budget", {})
    return _default_budget() | own if isinstance(own, dict) else _default_budget()


@cache
def _default_budget() -> dict[str, object]:
    return tomllib.loads(files(__package__).joinpath("budget.toml").read_text(encoding="utf-8"))


def authority_of(case: Case) -> Authority:
    """Return the invented commune whose site the case pretends to be; its code is none that exists."""
    number = load_cases().index(case)
    return Authority(
        code=f"33{900 - number:03d}",
        kind=Kind.COMMUNE,
        name="Saint-Exemple",
        nature="COM",
        departement="33",
        region="75",
        population=1_234,
        postal_codes=("33480",),
        phone="05 56 00 00 00",
        declared_url=case.declared_url,
    )
