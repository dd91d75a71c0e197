"""Connection overrides ``HOST[:PORT]=ADDR:PORT``: where to connect instead of asking the public DNS.

Like curl's --connect-to, with wildcards. A matched rule is the only way to a non-public address.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.contracts.errors import BadInput
from services.fetcher.domain.address_policy import parse_address
from services.fetcher.domain.host_names import canonical_host

_SIDE = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class ConnectRule:
    """One override. ``host`` is a lower-case ASCII name, an address, ``*`` or ``*.suffix``; no port means any."""

    host: str
    port: int | None
    to_address: str
    to_port: int

    def matches(self, host: str, port: int) -> bool:
        """Whether the rule is about a canonical host and port. ``*.suffix`` is not about the suffix itself."""
        return self.port in (None, port) and self.concerns(host)

    def concerns(self, host: str) -> bool:
        """Whether the rule is about some port of a canonical host."""
        return host.endswith(self.host[1:]) if self.host.startswith("*") else host == self.host


@dataclass(frozen=True, slots=True)
class ConnectRules:
    """Overrides in the order they were given; the first that matches wins."""

    rules: tuple[ConnectRule, ...] = ()

    def match(self, host: str, port: int) -> ConnectRule | None:
        """Return the override for a canonical host and port, if any."""
        return next((rule for rule in self.rules if rule.matches(host, port)), None)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses that overrides give a canonical host, whatever the port."""
        return tuple(dict.fromkeys(rule.to_address for rule in self.rules if rule.concerns(host)))


NO_RULES = ConnectRules()


def parse_connect_rules(texts: Iterable[str]) -> ConnectRules:
    """Return the overrides. Raises BadInput, naming the rule and the fix."""
    return ConnectRules(tuple(_parse(text) for text in texts))


def _parse(text: str) -> ConnectRule:
    left, equals, right = text.strip().partition("=")
    source, target = _SIDE.fullmatch(left.strip()), _SIDE.fullmatch(right.strip())
    if not equals or source is None or target is None:
        raise BadInput(f"--resolve {text!r}: write HOST[:PORT]=ADDR:PORT, with IPv6 addresses in brackets")
    host = _pattern(source[1])
    if host is None:
        raise BadInput(f"--resolve {text!r}: {source[1]!r} is not a host name; write a name, *.suffix or *")
    address = parse_address("127.0.0.1" if target[1].lower() == "localhost" else target[1])
    if address is None:
        raise BadInput(f"--resolve {text!r}: {target[1]!r} is not an IP address; write for instance 127.0.0.1")
    to_port = _port(text, target[2])
    if to_port is None:
        raise BadInput(f"--resolve {text!r}: the port to connect to is missing; write {target[1]}:PORT")
    return ConnectRule(host=host, port=_port(text, source[2]), to_address=str(address), to_port=to_port)


def _pattern(host: str) -> str | None:
    if host == "*":
        return host
    wildcard = "*." if host.startswith("*.") else ""
    name = canonical_host(host.removeprefix(wildcard))
    return None if name is None else wildcard + name


def _port(text: str, port: str | None) -> int | None:
    if port is None:
        return None
    if not 0 < int(port) < 65536:
        raise BadInput(f"--resolve {text!r}: {port} is not a port; write a number from 1 to 65535")
    return int(port)
