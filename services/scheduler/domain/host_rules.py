"""What an operator or the owner of a host decided about visits to it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from services.contracts.declared_url import normalise_declared_url
from services.contracts.errors import BadInput
from services.contracts.hosts import host_of
from services.contracts.model import Record
from services.scheduler.domain.host_groups import address_group, host_group

MAX_REASON = 500
MAX_RULES = 500
"""Opt-outs travel in every command to the fetcher: with this many, 10 to 15 kB."""


class RuleKind(StrEnum):
    """``opted_out``: the owner asked not to be visited. ``stopped``: an operator holds a host group back."""

    OPTED_OUT = "opted_out"
    STOPPED = "stopped"


class HostRule(Record):
    """One decision. ``host`` is a host with all below it for an opt-out, a host group when stopped."""

    kind: RuleKind
    host: str
    reason: str
    added_at: datetime


def make_rule(kind: RuleKind, text: str, reason: str, at: datetime) -> HostRule:
    """Return the rule for a host or URL as typed. Raises BadInput when it is none, or the reason is missing."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON:
        raise BadInput(f"--reason: say why in 1 to {MAX_REASON} characters; it is shown to whoever asks later")
    return HostRule(kind=kind, host=rule_host(kind, text), reason=reason, added_at=at)


def rule_host(kind: RuleKind, text: str) -> str:
    """Return the host or host group that a text means: a server's address is a group. Raises BadInput."""
    if kind is RuleKind.STOPPED and (address := address_group(text.strip())) is not None:
        return address
    url = normalise_declared_url(text).url
    if url is None:
        raise BadInput(f"{text[:100]!r} is not a host name: write for instance www.mairie.example")
    host = host_of(url).removeprefix("www.")
    return (host_group(url) or host) if kind is RuleKind.STOPPED else host


def is_opted_out(declared_url: str | None, hosts: Iterable[str]) -> bool:
    """Whether the host of a declared URL, or one above it, is among the opted-out hosts."""
    url = normalise_declared_url(declared_url).url
    host = host_of(url) if url else ""
    return any(host == opted or host.endswith(f".{opted}") for opted in hosts)
