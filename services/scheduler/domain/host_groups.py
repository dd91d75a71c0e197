"""Which sites share a host and must not be visited at the same time."""

from services.contracts.declared_url import normalise_declared_url
from services.contracts.hosts import host_of, platform_of, registrable_domain


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
