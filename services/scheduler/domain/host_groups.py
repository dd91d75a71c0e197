"""Which sites share a host and must not be visited at the same time."""

from datetime import timedelta
from ipaddress import ip_address

from services.contracts.declared_url import normalise_declared_url
from services.contracts.hosts import host_of, platform_of, registrable_domain

ADDRESS_KEPT = timedelta(days=400)
"""How long a learned address is believed: the sites of a yearly campaign are grouped by the campaign before."""


def host_group(declared_url: str | None) -> str | None:
    """Return the host group of a declared URL: its shared platform, else its registrable domain.

    None when nothing will be fetched.
    """
    url = normalise_declared_url(declared_url).url
    if url is None:
        return None
    host = host_of(url)
    platform = platform_of(host)
    return platform.suffix if platform else registrable_domain(host) or host


def declared_host(declared_url: str | None) -> str | None:
    """Return the host of a declared URL, None when nothing will be fetched."""
    url = normalise_declared_url(declared_url).url
    return host_of(url) or None if url else None


def address_group(address: str | None) -> str | None:
    """Return the group of the sites that one address serves: the address, written canonically.

    None for what is no public address. Private and loopback ones come from connection overrides, behind which
    every site would seem to share one server.
    """
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return None
    return str(parsed) if parsed.is_global and not parsed.is_multicast else None
