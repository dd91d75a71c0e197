"""Host names, declared addresses and telephone numbers of synthetic sites. Pure."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from services.contracts.authorities import Authority, Kind
from services.contracts.model import Record
from services.contracts.text import normalise, slug
from services.simulator.draws import load_chances, pick, unit
from services.simulator.features import Alias, Declared, Features, Https, Status

_MAX_SLUG = 40
_EPCI_KINDS = (
    ("cc", r"^(?:cc|communaute de communes)\b"),
    ("ca", r"^(?:ca|communaute d'agglomeration)\b"),
    ("cu", r"^(?:cu|communaute urbaine)\b"),
    ("metropole", r"^metropole\b"),
)
_LEADING = re.compile(r"^(?:(?:du|de|des|d|la|le|les|l)-)+")


class Address(NamedTuple):
    """Where a site stands: ``host``, and ``base`` (empty or ``/path``) below which its pages are."""

    host: str
    base: str


class _Own(Record):
    commune: tuple[str, ...]
    town: tuple[str, ...]
    previous: str


class _Pages(Record):
    pages: tuple[str, ...]


class _Hosts(Record):
    hosts: tuple[str, ...]


class _Email(Record):
    domains: tuple[str, ...]


class _Phone(Record):
    prefixes: tuple[str, ...]


class Patterns(Record):
    """The shapes of ``hosts.toml``."""

    own: _Own
    platform: _Pages
    social: _Pages
    state: _Pages
    wrong: _Hosts
    email: _Email
    phone: _Phone


@cache
def patterns() -> Patterns:
    """Return the shapes that ship with the package."""
    text = files(__package__).joinpath("hosts.toml").read_text(encoding="utf-8")
    return Patterns.model_validate(tomllib.loads(text))


def authority_slug(authority: Authority) -> str:
    """Return the slug that tells an authority from its namesakes: its name and its département."""
    return f"{_short(slug(authority.name))}-{(authority.departement or authority.code[:2]).lower()}"


def epci_domain(name: str) -> str:
    """Return the domain of an EPCI from its name: « CC du Pays d'Ambert » is at ``cc-pays-d-ambert.fr``."""
    normal = normalise(name)
    kind, rest = "agglo", normal
    for short, pattern in _EPCI_KINDS:
        match = re.match(pattern, normal)
        if match:
            kind, rest = short, normal[match.end() :]
            break
    core = _LEADING.sub("", slug(rest)) or slug(rest) or "territoire"
    return f"{kind}-{_short(core)}.fr"


def address_of(authority: Authority, features: Features, seed: int) -> Address | None:
    """Return where an authority's site stands, None when it declares none."""
    shapes, code = patterns(), authority.code
    name = authority_slug(authority)
    if features.status is Status.NONE_DECLARED:
        return None
    if features.status is Status.EPCI_HOSTED:
        return Address(f"{name}.{epci_domain(authority.epci_name or 'CC du Pays')}", "")
    pools = {
        Status.THIRD_PARTY_SUBDOMAIN: shapes.platform.pages,
        Status.SOCIAL_ONLY: shapes.social.pages,
        Status.STATE_PAGE: shapes.state.pages,
    }
    pool = pools.get(features.status)
    if pool is None:
        if authority.kind is Kind.EPCI:
            return Address(f"www.{epci_domain(authority.name)}", "")
        big = load_chances().group_of(authority) == "large"
        pool = shapes.own.town if big else shapes.own.commune
    host, _, path = pick(pool, seed, code, "host").format(slug=name, code=code).partition("/")
    return Address(host, f"/{path}" if path else "")


def previous_host(authority: Authority) -> str:
    """Return the name that a site which moved had before."""
    return patterns().own.previous.format(slug=authority_slug(authority))


def wrong_host(code: str, seed: int) -> str:
    """Return the host of somebody else, to whom a former domain of the authority leads."""
    return pick(patterns().wrong.hosts, seed, code, "wrong_host")


def declared_url(address: Address | None, features: Features, code: str, seed: int) -> str | None:
    """Return what the directory holds: an address as clerks type it, an e-mail address, or nothing."""
    if address is None:
        return f"mairie.{code.lower()}@wanadoo.fr" if features.variant == "email" else None
    host = address.host
    if features.declared is Declared.NO_WWW and features.alias is not Alias.ABSENT:
        host = host.removeprefix("www.")
    secure = features.https is Https.BOTH or (features.https is Https.ENFORCED and unit(seed, code, "scheme") < 0.6)
    plain = f"{'https' if secure else 'http'}://{host}{address.base}"
    match features.declared:
        case Declared.HOME_PAGE:
            return f"{plain}/"
        case Declared.NO_SCHEME:
            return f"{host}{address.base}"
        case Declared.UPPER:
            return f"{'https' if secure else 'http'}://{host}".upper() + address.base
        case Declared.SPACES:
            return f" {plain}/ "
        case _:
            return plain


def email_domain(address: Address | None, features: Features, code: str, seed: int) -> str | None:
    """Return the domain of the authority's official e-mail address, None when the directory has none."""
    position = unit(seed, code, "email_domain")
    if position < 0.08:
        return None
    if address and features.has_site and features.status is not Status.THIRD_PARTY_SUBDOMAIN and position < 0.55:
        return address.host.removeprefix("www.")
    return pick(patterns().email.domains, seed, code, "email_provider")


def telephone(code: str, seed: int) -> str:
    """Return a fictional French number, ten digits in pairs."""
    prefix = pick(patterns().phone.prefixes, seed, code, "phone").replace(" ", "")
    digits = prefix + f"{int(unit(seed, code, 'phone_digits') * 10_000):04d}"
    return " ".join(digits[start : start + 2] for start in range(0, 10, 2))


def _short(text: str) -> str:
    if len(text) <= _MAX_SLUG:
        return text
    return text[:_MAX_SLUG].rsplit("-", 1)[0]
