"""Which addresses the fetcher may connect to: globally routable unicast, and nothing else.

A page, a redirect or a name server chooses where a fetcher connects; this is what keeps that choice
on the public Internet (server-side request forgery, OWASP SSRF prevention).
"""

import tomllib
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


@cache
def _special() -> tuple[IPv6Network, tuple[IPv4Network | IPv6Network, ...]]:
    table = tomllib.loads(files(__package__).joinpath("special_addresses.toml").read_text(encoding="utf-8"))
    refused = tuple(ip_network(network) for row in table["refused"] for network in row["networks"])
    return IPv6Network(table["global_unicast"]), refused


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text spells canonically (brackets allowed around IPv6), None otherwise."""
    try:
        return ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        return None


def is_public(address: str) -> bool:
    """Whether an address may be connected to. A text that is no address, or carries a zone, may not.

    IPv6 forms that embed an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) are refused
    whole: no public site needs them and each can point anywhere.
    """
    parsed = parse_address(address)
    if parsed is None:
        return False
    unicast, refused = _special()
    if isinstance(parsed, IPv6Address) and (parsed.scope_id is not None or parsed not in unicast or _isatap(parsed)):
        return False
    return not any(parsed in network for network in refused)


def _isatap(address: IPv6Address) -> bool:
    """Whether the interface identifier carries an IPv4 address (RFC 5214 §6.1), whatever the network before it."""
    return (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE


def is_local_name(host: str) -> bool:
    """Whether a name means this machine whatever a name server says (RFC 6761 §6.3)."""
    return host == "localhost" or host.endswith(".localhost")
