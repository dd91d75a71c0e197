"""The addresses a visitor may type for a declared site: http or https, with or without www."""

from urllib.parse import urlsplit

from services.contracts.hosts import platform_of, registrable_domain
from services.fetcher.domain.address_policy import parse_address

_DEFAULT_PORTS = {"http": 80, "https": 443}


def url_variants(url: str) -> tuple[str, ...]:
    """Return the variants of a normalised URL worth probing, the declared one first, without repetition.

    Path and query are kept. Order: declared, the same host under the other scheme, then the host with
    or without www under https and http. An explicit port has no counterpart in the other scheme, so
    only its own scheme is kept. An address, a shared platform's customer (`x.free.fr`) and a deeper
    sub-domain have no www twin; a declared www is always also tried without.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    other = "http" if parts.scheme == "https" else "https"
    schemes = (parts.scheme,) if port else (parts.scheme, other)
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    shown = f"[{host}]" if ":" in host else host
    found = [f"{scheme}://{shown}{port}{rest}" for scheme in schemes]
    twin = _www_twin(host)
    if twin:
        found += [f"{scheme}://{twin}{port}{rest}" for scheme in sorted(schemes, reverse=True)]
    return tuple(dict.fromkeys(found))


def _www_twin(host: str) -> str | None:
    if parse_address(host) is not None or "." not in host:
        return None
    bare = host.removeprefix("www.")
    platform = platform_of(bare)
    if host != bare:
        # `www.free.fr` is the platform's own door; `www.fr` would leave a public suffix.
        own_door = platform is not None and platform.suffix == bare
        return None if own_door or "." not in bare else bare
    return f"www.{host}" if platform is None and host == _registrable(host) else None


def _registrable(host: str) -> str:
    # A top-level domain the list does not know (RFC 2606 test names) has one-label suffixes: the list's default rule.
    return registrable_domain(host) or ".".join(host.split(".")[-2:])
