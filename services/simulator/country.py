"""Building a synthetic country: real authorities, invented sites, all decided by a seed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from services.contracts.authorities import Authority, Kind
from services.simulator.coherence import cohere
from services.simulator.draws import load_chances, pick
from services.simulator.features import Alias, Features, MobileContent, Pace, Status
from services.simulator.names import Address, address_of, declared_url, email_domain, previous_host, telephone

REFERENCE_DATE = date(2026, 11, 2)
"""The day on which a country is dated unless told otherwise: news are older, meetings to come later."""

VARIANTS: Mapping[Status, tuple[str, ...]] = {
    Status.NONE_DECLARED: ("nothing", "nothing", "nothing", "email"),
    Status.DNS_DEAD: ("nxdomain",),
    Status.PARKED: ("sedo_ns", "text", "cname"),
    Status.DEFAULT_HOSTING: ("nginx", "ovh", "plesk"),
    Status.UNDER_CONSTRUCTION: ("construction", "refonte", "bientot"),
    Status.HIJACKED: ("casino",),
    Status.HTTP_ERROR: ("404", "410", "500"),
    Status.UNREACHABLE: ("refused", "refused", "tarpit"),
    Status.BLOCKED: ("challenge", "robots"),
    Status.LOGIN_ONLY: ("login",),
    Status.EMPTY: ("empty",),
    Status.WRONG_ENTITY: ("redirect", "in_place"),
    Status.SOCIAL_ONLY: ("page",),
    Status.STATE_PAGE: ("page",),
}
"""How each unhappy status can show itself; repeated values are more likely."""

_DRAWN = tuple(name for name in Features.model_fields if name != "variant")
_HIDING_VARIANTS = frozenset({"challenge", "robots", "tarpit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticSite:
    """One authority as the directory declares it, and its site.

    ``address`` is None when nothing is declared. ``alias`` is the same host without ``www``, ``old_host`` the one it
    moved from, ``mobile_host`` that of its mobile twin.
    """

    authority: Authority
    features: Features
    address: Address | None
    alias: str | None = None
    old_host: str | None = None
    mobile_host: str | None = None

    @property
    def hidden(self) -> bool:
        """Whether the auditor cannot see the site: its verdicts may then be undetermined."""
        return self.features.variant in _HIDING_VARIANTS or self.features.pace is not Pace.NORMAL

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name under which the site answers, the main one first."""
        main = (self.address.host,) if self.address else ()
        return main + tuple(host for host in (self.alias, self.old_host, self.mobile_host) if host)


@dataclass(frozen=True, eq=False, kw_only=True)
class Country:
    """Authorities with their sites, by code, in the order they were given."""

    seed: int
    sites: Mapping[str, SyntheticSite]
    today: date = REFERENCE_DATE

    @cached_property
    def by_host(self) -> Mapping[str, SyntheticSite]:
        """The sites by each of their hosts. A host shared by several pages (a social network) has its first."""
        found: dict[str, SyntheticSite] = {}
        for site in self.sites.values():
            for host in site.hosts:
                found.setdefault(host, site)
        return found


def build_country(authorities: Iterable[Authority], seed: int, *, today: date = REFERENCE_DATE) -> Country:
    """Return the country of these authorities: the same for the same seed, whatever else is in the list.

    Only authorities that would have the very same host name know of one another: the later one has its code added.
    """
    chances = load_chances()
    drawn = [
        (a, draw_features(a, seed, {name: chances.draw(name, a, seed) for name in _drawn_names()})) for a in authorities
    ]
    return assemble(drawn, seed, today=today)


def draw_features(authority: Authority, seed: int, values: Mapping[str, str]) -> Features:
    """Return coherent features from drawn values, those not given at their defaults."""
    values = dict(values)
    if values.get("legal") == "present":
        values["legal"] = "page"
    status = Status(values["status"])
    if status is Status.EPCI_HOSTED and (authority.kind is Kind.EPCI or not authority.epci_name):
        status = Status.FUNCTIONAL
    if "variant" not in values:
        variants = VARIANTS.get(status)
        values["variant"] = pick(variants, seed, authority.code, "variant") if variants else ""
    return cohere(Features.model_validate({**values, "status": status}))


def assemble(drawn: Sequence[tuple[Authority, Features]], seed: int, *, today: date = REFERENCE_DATE) -> Country:
    """Return the country of authorities whose features are already decided."""
    taken: set[tuple[str, str]] = set()
    sites: dict[str, SyntheticSite] = {}
    for authority, features in sorted(drawn, key=lambda item: item[0].code):
        address = address_of(authority, features, seed)
        if address is not None and address in taken:
            first, _, rest = address.host.removeprefix("www.").partition(".")
            www = "www." if address.host.startswith("www.") else ""
            address = Address(f"{www}{first}-{authority.code.lower()}.{rest}", address.base)
        if address is not None:
            taken.add(address)
        sites[authority.code] = _site(authority, features, address, seed)
    return Country(seed=seed, sites={a.code: sites[a.code] for a, _ in drawn}, today=today)


def _site(authority: Authority, features: Features, address: Address | None, seed: int) -> SyntheticSite:
    code = authority.code
    host = address.host if address else ""
    bare = host.removeprefix("www.")
    has_alias = host.startswith("www.") and features.alias is not Alias.ABSENT
    if features.status in (Status.SOCIAL_ONLY, Status.STATE_PAGE):
        has_alias = False
    old_host = previous_host(authority) if features.moved and address else None
    declared_at = Address(old_host, "") if old_host else address
    declared = authority.model_copy(
        update={
            "declared_url": declared_url(declared_at, features, code, seed),
            "url_source": "synthetic" if address else None,
            "email_domain": email_domain(address, features, code, seed),
            "phone": telephone(code, seed),
        }
    )
    separate = features.mobile_content is MobileContent.SEPARATE
    return SyntheticSite(
        authority=declared,
        features=features,
        address=address,
        alias=bare if has_alias else None,
        old_host=old_host,
        mobile_host=f"m.{bare}" if separate and address else None,
    )


def _drawn_names() -> tuple[str, ...]:
    return tuple(name for name in _DRAWN if name in load_chances().tables)
