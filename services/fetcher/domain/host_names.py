"""Host names in the one form in which they are compared, resolved and connected to."""

import re
from collections.abc import Iterable

import idna

from services.fetcher.domain.address_policy import parse_address

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
MAX_NAME = 253


def canonical_host(host: str) -> str | None:
    """Return a host in lower-case ASCII without trailing dot, or None when it is neither a name nor an address.

    Addresses come without brackets, in their shortest form. Numbers that a browser would read as an
    IPv4 address in another base (0x7f.1, 2130706433) are neither (WHATWG URL standard §3.5).
    """
    host = host.lower()
    address = parse_address(host) or parse_address(host.removesuffix("."))
    if address is not None:
        return str(address)
    host = host.removesuffix(".")
    if not host.isascii() or "xn--" in host:
        try:
            host = idna.encode(host, uts46=True).decode("ascii").lower().removesuffix(".")
        except (idna.IDNAError, UnicodeError):
            return None
    labels = host.split(".")
    sound = len(host) <= MAX_NAME and all(_LABEL.fullmatch(label) for label in labels)
    return host if sound and not _NUMBER.fullmatch(labels[-1]) else None


def is_below(name: str, hosts: Iterable[str]) -> bool:
    """Whether a canonical host is one of some hosts, or below one."""
    return any(name == host or name.endswith(f".{host}") for host in hosts)
