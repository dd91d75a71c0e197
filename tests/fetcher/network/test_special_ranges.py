"""No address of a special range, however it is written or wrapped, and no port of another service, is let through."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.reasons import Reason
from services.fetcher.domain.address_policy import is_public
from services.fetcher.domain.url_policy import WEB_PORTS, Refusal, check_destination, check_url

FOUR = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
)  # fmt: skip
"""IANA IPv4 Special-Purpose Address Registry, and multicast (IANA IPv4 Multicast Address Space Registry)."""
SIX = (
    "::1/128", "::/128", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
    "2001::/23", "2001::/32", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28",
    "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7",
    "fe80::/10", "fec0::/10", "ff00::/8",
)  # fmt: skip
"""IANA IPv6 Special-Purpose Address Registry, site-local (RFC 3879), multicast (RFC 4291 §2.7)."""
UNSAFE_PORTS = (
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
)  # fmt: skip
"""WHATWG Fetch standard, « bad port »."""
OUR_OWN_PORTS = (1433, 2375, 2376, 3000, 3306, 3900, 5432, 5671, 5672, 6379, 9000, 9090, 9093, 9100, 9191, 9200, 11211,
                 15672, 15692, 25672, 27017)  # fmt: skip
"""Broker, databases, object store, metrics, dashboards and container engines."""


@st.composite
def special_four(draw: st.DrawFn) -> IPv4Address:
    block = ip_network(draw(st.sampled_from(FOUR)))
    return IPv4Address(int(block[0]) + draw(st.integers(0, block.num_addresses - 1)))


@st.composite
def special_six(draw: st.DrawFn) -> IPv6Address:
    block = ip_network(draw(st.sampled_from(SIX)))
    return IPv6Address(int(block[0]) + draw(st.integers(0, block.num_addresses - 1)))


def spellings(address: IPv4Address) -> list[str]:
    """Return how a browser lets an IPv4 address be written (WHATWG URL standard §3.5)."""
    number, parts = int(address), address.packed
    mixed = [f"0x{parts[0]:x}", f"0{parts[1]:o}", str(parts[2] << 8 | parts[3])]
    return [
        str(address), f"{address}.", str(number), f"0x{number:x}", f"0{number:o}", ".".join(mixed),
        f"{parts[0]}.{number & 0xFFFFFF}", ".".join(f"{part:#x}" for part in parts), ".".join(f"0{p:o}" for p in parts),
    ]  # fmt: skip


def wrapped(address: IPv4Address, site: int) -> list[IPv6Address]:
    """Return the IPv6 addresses that carry an IPv4 one; ``site`` fills what is left free."""
    number = int(address)
    return [
        IPv6Address(form)
        for form in (
            number,
            0xFFFF << 32 | number,
            0xFFFF0000 << 32 | number,
            0x64FF9B << 96 | number,
            0x64FF9B0001 << 80 | (site & 0xFFFF) << 64 | number,
            0x2002 << 112 | number << 80 | site,
            0x20010000 << 96 | number << 64 | site & 0xFFFFFFFF,
            0x20010000 << 96 | (site & 0xFFFF) << 48 | number ^ 0xFFFFFFFF,
            0x2A00 << 112 | (site & 0xFFFF) << 64 | 0x00005EFE << 32 | number,
            0x2A00 << 112 | (site & 0xFFFF) << 64 | 0x02005EFE << 32 | number,
        )
    ]


@given(special_four())
def test_no_spelling_of_a_special_ipv4_address_is_let_through(address: IPv4Address) -> None:
    assert not is_public(str(address))
    assert all(isinstance(check_url(f"http://{text}/"), Refusal) for text in spellings(address))


@given(special_six())
def test_no_spelling_of_a_special_ipv6_address_is_let_through(address: IPv6Address) -> None:
    for text in (str(address), address.exploded, str(address).upper()):
        assert not is_public(text)
        assert not is_public(f"[{text}]")
        assert isinstance(check_url(f"http://[{text}]/"), Refusal)


@given(st.one_of(special_four(), st.ip_addresses(v=4)), st.integers(0, 2**64 - 1))
def test_no_ipv6_address_that_carries_an_ipv4_one_is_let_through(address: IPv4Address, site: int) -> None:
    assert not any(is_public(str(form)) for form in wrapped(address, site))


@pytest.mark.parametrize("network", [*FOUR, *SIX])
def test_both_ends_of_every_special_range_are_refused(network: str) -> None:
    block = ip_network(network)
    assert not is_public(str(block[0]))
    assert not is_public(str(block[-1]))


@pytest.mark.parametrize("port", [*UNSAFE_PORTS, *OUR_OWN_PORTS])
def test_the_ports_of_other_services_are_refused(port: int) -> None:
    refusal = check_destination("www.ville.fr", port)
    assert refusal is not None
    assert refusal.reason is Reason.FORBIDDEN_ADDRESS


@given(st.integers(0, 65535))
def test_only_the_ports_of_the_web_are_let_through(port: int) -> None:
    assert (check_destination("www.ville.fr", port) is None) is (port in WEB_PORTS)
