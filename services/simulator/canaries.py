"""The canaries: a dozen sites of known truth, the same for ever. Pure."""

import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.authorities import Authority, Kind
from services.contracts.model import Record
from services.contracts.text import slug
from services.simulator.country import Country, SyntheticSite
from services.simulator.features import Alias, Features, Status
from services.simulator.names import Address, declared_url, telephone

SEED = 1


class Canary(Record):
    """One site, and what its audit shows."""

    code: str
    name: str
    shows: str
    features: Features


class Canaries(Record):
    """The shape of ``canaries.toml``.

    Every site's name is below ``suffix``, but for one that does not exist: it is below ``dead_suffix``.
    """

    source: str
    suffix: str
    dead_suffix: str
    population: int
    canary: tuple[Canary, ...]


@cache
def canaries() -> Canaries:
    """Return the canaries that ship with the package."""
    text = files(__package__).joinpath("canaries.toml").read_text(encoding="utf-8")
    return Canaries.model_validate(tomllib.loads(text))


@cache
def canary_country() -> Country:
    """Return the country that the canaries make."""
    return Country(seed=SEED, sites={canary.code: _site(canary) for canary in canaries().canary})


def _site(canary: Canary) -> SyntheticSite:
    everything, features, code = canaries(), canary.features, canary.code
    dead = features.status is Status.DNS_DEAD
    bare = f"{slug(canary.name)}.{everything.dead_suffix if dead else everything.suffix}"
    address = Address(f"www.{bare}", "")
    authority = Authority(
        code=code,
        kind=Kind.COMMUNE,
        name=canary.name,
        nature="COM",
        population=everything.population,
        postal_codes=(code,),
        declared_url=declared_url(address, features, code, SEED),
        url_source="canary",
        phone=telephone(code, SEED),
    )
    alias = None if features.alias is Alias.ABSENT else bare
    return SyntheticSite(authority=authority, features=features, address=address, alias=alias)
