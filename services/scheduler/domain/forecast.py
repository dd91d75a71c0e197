"""What a campaign will take before it starts: sites, host groups, storage, time."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from services.contracts.audits import AuditState
from services.contracts.model import Record
from services.scheduler.domain.campaign import PlannedAudit

_SHOWN_GROUPS = 15


class UnitCosts(Record):
    """Measured costs of one audit, with a site to visit and without."""

    requests_per_site: int
    seconds_per_site: float
    seconds_per_empty_audit: float
    bytes_per_site: int
    bytes_per_empty_audit: int


class HostGroup(Record):
    """Sites that are visited one after the other because they share a host, or the address of their server."""

    name: str
    sites: int
    seconds: float


class Forecast(Record):
    """The expected size of a campaign. ``seconds`` is the larger of what the slots and the longest group need.

    ``address_groups`` counts the learned addresses that serve sites of several host groups.
    """

    audits: int
    excluded: int
    sites: int
    host_groups: int
    address_groups: int
    shared: tuple[HostGroup, ...]
    seconds: float
    slot_seconds: float
    bytes: int


@cache
def unit_costs() -> UnitCosts:
    """Return the shipped unit costs."""
    table = tomllib.loads(files(__package__).joinpath("unit_costs.toml").read_text(encoding="utf-8"))
    return UnitCosts(
        requests_per_site=table["requests"]["per_site"],
        seconds_per_site=table["seconds"]["per_site"],
        seconds_per_empty_audit=table["seconds"]["per_empty_audit"],
        bytes_per_site=table["bytes"]["per_site"],
        bytes_per_empty_audit=table["bytes"]["per_empty_audit"],
    )


def forecast(plan: Sequence[PlannedAudit], *, slots: int, interval: float, costs: UnitCosts | None = None) -> Forecast:
    """Return what a plan takes with so many sites at a time and so many seconds between two requests to a host."""
    costs = costs or unit_costs()
    work = [row for row in plan if row.state is not AuditState.EXCLUDED]
    groups = Counter(row.host_group for row in work if row.host_group)
    servers = _servers(work)
    sites = sum(groups.values())
    empty = len(work) - sites
    visit = costs.seconds_per_site + costs.requests_per_site * interval
    total = sites * visit + empty * costs.seconds_per_empty_audit
    together = groups | servers
    shared = [(name, count) for name, count in together.items() if count > 1]
    shared.sort(key=lambda item: (-item[1], item[0]))
    return Forecast(
        audits=len(work),
        excluded=len(plan) - len(work),
        sites=sites,
        host_groups=len(groups),
        address_groups=len(servers),
        shared=tuple(HostGroup(name=n, sites=c, seconds=c * visit) for n, c in shared[:_SHOWN_GROUPS]),
        seconds=max(total / slots, max(together.values(), default=0) * visit),
        slot_seconds=total,
        bytes=sites * costs.bytes_per_site + empty * costs.bytes_per_empty_audit,
    )


def _servers(work: Sequence[PlannedAudit]) -> Counter[str]:
    """Return the sites of each learned address that serves several host groups; the others say nothing new."""
    members: defaultdict[str, list[str | None]] = defaultdict(list)
    for row in work:
        if row.address_group is not None:
            members[row.address_group].append(row.host_group)
    return Counter({address: len(groups) for address, groups in members.items() if len(set(groups)) > 1})
